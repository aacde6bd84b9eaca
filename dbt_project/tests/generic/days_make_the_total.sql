{# The days of a measure add up to more or less than its control total. #}
{% test days_make_the_total(model) %}
    with days as (
        select gateway, account, currency, measure, sum(ours_minor) as days_minor
        from {{ model }}
        group by gateway, account, currency, measure
    )

    select
        totals.gateway,
        totals.account,
        totals.currency,
        totals.measure,
        totals.ours_minor as total_minor,
        days.days_minor
    from {{ ref('control_totals') }} as totals
    left join days
        on
            totals.gateway = days.gateway
            and totals.account = days.account
            and totals.currency = days.currency
            and totals.measure = days.measure
    where totals.ours_minor <> coalesce(days.days_minor, 0)
{% endtest %}
