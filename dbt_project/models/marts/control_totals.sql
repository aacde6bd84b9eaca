with ours as (
    select
        gateway,
        account,
        currency,
        measure,
        coalesce(cast(sum(minor) as bigint), 0) as ours_minor,
        coalesce(cast(sum(unsettled_minor) as bigint), 0) as unsettled_minor
    from {{ ref('int_control__facts') }}
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
