with facts as (
    select
        gateway,
        account,
        currency,
        'charged' as measure,
        captured_minor as minor,
        case when is_settled then 0 else captured_minor end as unsettled_minor
    from {{ ref('int_charges__unified') }}
    union all
    select
        gateway,
        account,
        currency,
        'refunded' as measure,
        amount_minor as minor,
        case when is_settled then 0 else amount_minor end as unsettled_minor
    from {{ ref('int_refunds__unified') }}
    where status in ('succeeded', 'pending')
    union all
    select
        gateway,
        account,
        currency,
        'invoiced' as measure,
        total_minor as minor,
        0 as unsettled_minor
    from {{ ref('int_invoices__unified') }}
    where status in ('open', 'paid', 'uncollectible')
    union all
    select
        gateway,
        account,
        currency,
        'taxed' as measure,
        tax_minor as minor,
        0 as unsettled_minor
    from {{ ref('int_invoices__unified') }}
    where status in ('open', 'paid', 'uncollectible')
    union all
    select
        gateway,
        account,
        currency,
        'disputed' as measure,
        amount_minor as minor,
        0 as unsettled_minor
    from {{ ref('int_disputes__unified') }}
    union all
    select
        gateway,
        account,
        currency,
        'fees' as measure,
        fee_minor as minor,
        0 as unsettled_minor
    from {{ ref('int_balance_transactions__unified') }}
    union all
    select
        gateway,
        account,
        currency,
        'net' as measure,
        net_minor as minor,
        0 as unsettled_minor
    from {{ ref('int_balance_transactions__unified') }}
),

ours as (
    select
        gateway,
        account,
        currency,
        measure,
        coalesce(cast(sum(minor) as bigint), 0) as ours_minor,
        coalesce(cast(sum(unsettled_minor) as bigint), 0) as unsettled_minor
    from facts
    group by gateway, account, currency, measure
)

select
    ours.gateway,
    ours.account,
    ours.currency,
    ours.measure,
    ours.ours_minor,
    independent.independent_minor,
    ours.unsettled_minor,
    ours.ours_minor - ours.unsettled_minor - independent.independent_minor as difference_minor
from ours
left join {{ ref('int_control__independent') }} as independent
    on
        ours.gateway = independent.gateway
        and ours.account = independent.account
        and ours.currency = independent.currency
        and ours.measure = independent.measure
