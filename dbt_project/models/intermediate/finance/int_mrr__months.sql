-- Each month since the first subscription ran, with the moment that closes it: its end, or now. Twenty years at most.
with digits as (
    select 0 as digit
    union all
    select 1 as digit
    union all
    select 2 as digit
    union all
    select 3 as digit
    union all
    select 4 as digit
    union all
    select 5 as digit
    union all
    select 6 as digit
    union all
    select 7 as digit
    union all
    select 8 as digit
    union all
    select 9 as digit
),

numbers as (
    select hundreds.digit * 100 + tens.digit * 10 + ones.digit as back
    from digits as hundreds
    cross join digits as tens
    cross join digits as ones
    where hundreds.digit * 100 + tens.digit * 10 + ones.digit < 240
),

months as (
    select cast({{ dbt.dateadd('month', '-back', "date_trunc('month', " ~ as_of() ~ ")") }} as date) as month
    from numbers
),

bounded as (
    select
        month,
        cast({{ dbt.dateadd('month', 1, 'month') }} as timestamp) as next_month_at
    from months
)

select
    month,
    least(next_month_at, {{ as_of() }}) as closes_at
from bounded
where next_month_at > (select min(runs_from) from {{ ref('int_mrr__subscriptions') }})
