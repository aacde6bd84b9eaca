{# For the test fields_hold: CTEs that find, per field, an object that lacks it and one where its type has changed. #}
{% macro field_kinds(reader, items, fields) -%}
    {%- set expected = {
        'text': ['text'], 'currency': ['text'], 'bool': ['bool'], 'int': ['int'], 'epoch': ['int'], 'money': ['int'],
        'iso_time': ['text'], 'iso_offset': ['text'], 'major': ['int', 'number', 'text'],
        'decimal': ['int', 'number', 'text'], 'json': ['object', 'array'], 'exists': []
    } -%}
    {%- set paths = [] -%}
    {%- for field in fields -%}
        {%- for path in ([field[2]] if field[2] is string else field[2]) -%}
            {%- set found = path.split('[]')[0] -%}
            {%- for each in [found, '.'.join(found.split('.')[:-1])] if each not in paths -%}
                {%- do paths.append(each) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endfor -%}
    objects_{{ reader }} as (
        {%- if items %}
        select id, {{ json_kinds('item', paths) }} as kinds
        from ({{ json_items('newest', ['id'], 'data', items) }}) as elements
        where item is not null
        {%- else %}
        select id, {{ json_kinds('data', paths) }} as kinds
        from newest
        {%- endif %}
    ),

    counted_{{ reader }} as (
        select
            {%- for field in fields %}
            {%- set tried = [] %}
            {%- for path in ([field[2]] if field[2] is string else field[2]) %}
                {%- set found = path.split('[]')[0] %}
                {%- do tried.append(json_kind('kinds', found, paths.index(found) + 1)) %}
            {%- endfor %}
            {%- set current = (field[2] if field[2] is string else field[2][0]) %}
            {%- set parent = '.'.join(current.split('[]')[0].split('.')[:-1]) %}
            {%- set kinds = ['array'] if '[]' in current else expected[field[1]] %}
            {%- if field | length == 4 %}
            cast(null as {{ dbt.type_string() }}) as gone_{{ loop.index }},
            {%- else %}
            min(
                case
                    when {{ json_kind('kinds', parent, paths.index(parent) + 1) }} = 'object'
                        and coalesce({{ tried | join(', ') }}) is null then id
                end
            ) as gone_{{ loop.index }},
            {%- endif %}
            {%- if kinds %}
            min(case when {{ tried[0] }} not in ('null', '{{ kinds | join("', '") }}') then id end)
            {%- else %}
            cast(null as {{ dbt.type_string() }})
            {%- endif %} as changed_{{ loop.index }}{{ ',' if not loop.last }}
            {%- endfor %}
        from objects_{{ reader }}
    )
{%- endmacro %}
