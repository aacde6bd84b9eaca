{# A gateway's word for a state that gateway_status_map.csv does not know, with how often it came. #}
{% test status_is_mapped(model, entity) %}
    select
        gateway,
        '{{ entity }}' as entity,
        coalesce(raw_status, 'no status') as unmapped_status,
        count(*) as found
    from {{ model }}
    where status is null
    group by gateway, raw_status
{% endtest %}
