{# Our sums of a day against the gateway's own books of that day. #}
{% test days_agree(model) %}
    select gateway, account, day, currency, measure, ours_minor, independent_minor, difference_minor
    from {{ model }}
    where difference_minor <> 0
{% endtest %}
