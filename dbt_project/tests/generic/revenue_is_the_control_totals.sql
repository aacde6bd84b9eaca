{# Revenue whose charges, refunds or fees are not those of the control totals. #}
{% test revenue_is_the_control_totals(model) %}
    with revenue as (
        select
            gateway,
            account,
            currency,
            sum(gross_minor) as charged,
            sum(refunds_minor) as refunded,
            sum(fees_minor) as fees
        from {{ model }}
        group by gateway, account, currency
    )

    select
        totals.gateway,
        totals.account,
        totals.currency,
        totals.measure,
        totals.ours_minor,
        case totals.measure
            when 'charged' then revenue.charged when 'refunded' then revenue.refunded else revenue.fees
        end as revenue_minor
    from {{ ref('control_totals') }} as totals
    left join revenue
        on
            totals.gateway = revenue.gateway
            and totals.account = revenue.account
            and totals.currency = revenue.currency
    where
        totals.measure in ('charged', 'refunded', 'fees')
        and totals.ours_minor <> coalesce(
            case totals.measure
                when 'charged' then revenue.charged when 'refunded' then revenue.refunded else revenue.fees
            end, 0
        )
{% endtest %}
