with ours as (
    select
        gateway,
        account,
        cast(booked_at as date) as day,
        currency,
        measure,
        coalesce(cast(sum(minor) as bigint), 0) as ours_minor,
        coalesce(cast(sum(unsettled_minor) as bigint), 0) as unsettled_minor
    from {{ ref('int_control__facts') }}
    group by gateway, account, cast(booked_at as date), currency, measure
),

-- A currency that the independent source cannot tell at all has no figure on any day.
known as (
    select
        gateway,
        account,
        currency,
        measure
    from {{ ref('int_details__independent_daily') }}
    group by gateway, account, currency, measure
    having count(independent_minor) > 0
),

days as (
    select
        gateway,
        account,
        day,
        currency,
        measure
    from ours
    union
    select
        gateway,
        account,
        day,
        currency,
        measure
    from {{ ref('int_details__independent_daily') }}
    where independent_minor is not null
),

compared as (
    select
        days.gateway,
        days.account,
        days.day,
        days.currency,
        days.measure,
        coalesce(ours.ours_minor, 0) as ours_minor,
        case when known.measure is not null then coalesce(independent.independent_minor, 0) end as independent_minor,
        coalesce(ours.unsettled_minor, 0) as unsettled_minor
    from days
    left join ours
        on
            days.gateway = ours.gateway
            and days.account = ours.account
            and days.day = ours.day
            and days.currency = ours.currency
            and days.measure = ours.measure
    left join {{ ref('int_details__independent_daily') }} as independent
        on
            days.gateway = independent.gateway
            and days.account = independent.account
            and days.day = independent.day
            and days.currency = independent.currency
            and days.measure = independent.measure
    left join known
        on
            days.gateway = known.gateway
            and days.account = known.account
            and days.currency = known.currency
            and days.measure = known.measure
)

select
    gateway,
    account,
    day,
    currency,
    measure,
    ours_minor,
    independent_minor,
    unsettled_minor,
    ours_minor - unsettled_minor - independent_minor as difference_minor
from compared
