{# Each amount that does not fit its currency is a failing row: it is shown and counted, never rounded away. #}
{% test no_unfit_amounts(model) %}
    select object_ref, field, raw_value, currency, why
    from {{ model }}
{% endtest %}
