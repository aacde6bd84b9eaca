{# Every row has the key and no two share it: not_null and unique in one pass. #}
{% test is_primary_key(model, column_name=none, columns=none) %}
    {%- set key = columns or [column_name] %}
    select
        {{ key | join(', ') }},
        count(*) as found
    from {{ model }}
    group by {{ key | join(', ') }}
    having count(*) > 1{% for column in key %} or {{ column }} is null{% endfor %}
{% endtest %}
