-- How each customer's monthly worth moved from one month's close to the next, and what that is called.
with values_and_zeros as (
    select
        month,
        gateway,
        account,
        currency,
        customer_ref,
        0 as opening_minor,
        monthly_minor as closing_minor
    from {{ ref('int_mrr__snapshots') }}
    where monthly_minor > 0
    union all
    select
        cast({{ dbt.dateadd('month', 1, 'snapshots.month') }} as date) as month,
        snapshots.gateway,
        snapshots.account,
        snapshots.currency,
        snapshots.customer_ref,
        snapshots.monthly_minor as opening_minor,
        0 as closing_minor
    from {{ ref('int_mrr__snapshots') }} as snapshots
    where
        snapshots.monthly_minor > 0
        and snapshots.month < (select max(month) from {{ ref('int_mrr__months') }})
),

first_months as (
    select
        gateway,
        account,
        currency,
        customer_ref,
        min(month) as first_month
    from {{ ref('int_mrr__snapshots') }}
    where monthly_minor > 0
    group by gateway, account, currency, customer_ref
),

moves as (
    select
        month,
        gateway,
        account,
        currency,
        customer_ref,
        cast(sum(opening_minor) as bigint) as opening_minor,
        cast(sum(closing_minor) as bigint) as closing_minor
    from values_and_zeros
    group by month, gateway, account, currency, customer_ref
)

select
    moves.month,
    moves.gateway,
    moves.account,
    moves.currency,
    moves.customer_ref,
    moves.opening_minor,
    moves.closing_minor,
    case
        when moves.opening_minor = 0 and moves.month = first_months.first_month then 'new'
        when moves.opening_minor = 0 then 'reactivation'
        when moves.closing_minor = 0 then 'churn'
        when moves.closing_minor > moves.opening_minor then 'expansion'
        when moves.closing_minor < moves.opening_minor then 'contraction'
        else 'none'
    end as movement
from moves
inner join first_months
    on
        moves.gateway = first_months.gateway
        and moves.account = first_months.account
        and moves.currency = first_months.currency
        and moves.customer_ref = first_months.customer_ref
