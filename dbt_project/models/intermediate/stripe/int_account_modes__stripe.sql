-- Refunds and balance transactions do not say whether they are live; their account's charges do.
select
    account,
    max(case when is_live then 1 else 0 end) = 1 as is_live
from {{ ref('stg_stripe__charges') }}
group by account
