-- Charged and refunded as the transaction report knows them, and net as the balances do: what the account holds of a
-- currency is all that ever moved in it, where its whole history is loaded (reports reach back three years).
select
    account,
    currency,
    measure,
    cast(sum(case when measure = 'refunded' then -amount_minor else amount_minor end) as bigint) as independent_minor
from {{ ref('int_balance_transactions__paypal') }}
where measure is not null
group by account, currency, measure
union all
select
    account,
    currency,
    'net' as measure,
    total_minor as independent_minor
from {{ ref('stg_paypal__balances') }}
where not is_deleted
