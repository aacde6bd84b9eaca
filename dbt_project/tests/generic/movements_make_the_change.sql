{# A month whose movements are not its change, or that does not open with what the month before closed with. #}
{% test movements_make_the_change(model) %}
    select
        months.month,
        months.gateway,
        months.account,
        months.currency,
        months.opening_minor,
        months.closing_minor,
        before.closing_minor as closed_before_minor
    from {{ model }} as months
    left join {{ model }} as before
        on
            months.gateway = before.gateway
            and months.account = before.account
            and months.currency = before.currency
            and before.month = cast({{ dbt.dateadd('month', -1, 'months.month') }} as date)
    where
        months.opening_minor <> coalesce(before.closing_minor, 0)
        or months.closing_minor
        <> months.opening_minor + months.new_minor + months.expansion_minor + months.contraction_minor
        + months.churn_minor + months.reactivation_minor
{% endtest %}
