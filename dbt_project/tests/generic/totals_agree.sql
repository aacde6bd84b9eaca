{# Our sums against the balance transactions, which the gateway books apart from the objects. #}
{% test totals_agree(model) %}
    select gateway, account, currency, measure, ours_minor, independent_minor, difference_minor
    from {{ model }}
    where difference_minor <> 0
{% endtest %}
