{# Everything about JSON that differs between engines. Paths are dotted: "billing_details.email". #}

{# A JSON object prepared for many reads: on DuckDB a list of texts in the order of `paths`, extracted in one
   pass; on PostgreSQL the parsed object. Read it with json_picked. #}
{% macro json_pick(column, paths) -%}
    {{ adapter.dispatch('json_pick', 'billhouse')(column, paths) }}
{%- endmacro %}

{% macro default__json_pick(column, paths) -%}
    json_extract_string({{ column }}, [{% for path in paths %}'$.{{ path }}'{{ ', ' if not loop.last }}{% endfor %}])
{%- endmacro %}

{% macro postgres__json_pick(column, paths) -%}
    cast({{ column }} as jsonb)
{%- endmacro %}

{# The text at `path` of what json_pick prepared; `number` is the path's place in its list, from 1. #}
{% macro json_picked(column, path, number) -%}
    {{ adapter.dispatch('json_picked', 'billhouse')(column, path, number) }}
{%- endmacro %}

{% macro default__json_picked(column, path, number) -%}
    {{ column }}[{{ number }}]
{%- endmacro %}

{% macro postgres__json_picked(column, path, number) -%}
    {{ column }} #>> '{ {{- path | replace('.', ',') -}} }'
{%- endmacro %}

{# The sum of the whole numbers at `key` of each object in the array at `path`; NULL without an array. #}
{% macro json_array_sum(column, path, key) -%}
    {{ adapter.dispatch('json_array_sum', 'billhouse')(column, path, key) }}
{%- endmacro %}

{% macro default__json_array_sum(column, path, key) -%}
    cast(list_sum(cast(json_extract_string({{ column }}, '$.{{ path }}[*].{{ key }}') as bigint[])) as bigint)
{%- endmacro %}

{% macro postgres__json_array_sum(column, path, key) -%}
    (
        select cast(sum(cast(element ->> '{{ key }}' as bigint)) as bigint)
        from jsonb_path_query(cast({{ column }} as jsonb), '$.{{ path }}[*]') as element
    )
{%- endmacro %}

{# One row per element of the array at `path` (none: the column is the array), as `item` with its place from 1 as `position`; an object whose array is
   empty or absent keeps one row without an item, so that elements which vanished leave a trace to delete by. #}
{% macro json_items(relation, keys, column, path) -%}
    {{ adapter.dispatch('json_items', 'billhouse')(relation, keys, column, path) }}
{%- endmacro %}

{% macro default__json_items(relation, keys, column, path) -%}
    {%- set elements = "json_extract(" ~ column ~ ", '$" ~ ('.' ~ path if path else '') ~ "[*]')" -%}
    select
        {{ keys | join(', ') }},
        unnest(items) as item,
        generate_subscripts(items, 1) as position
    from (
        select
            {{ keys | join(', ') }},
            case when len({{ elements }}) > 0 then {{ elements }} else [cast(null as json)] end as items
        from {{ relation }}
    ) as with_items
{%- endmacro %}

{% macro postgres__json_items(relation, keys, column, path) -%}
    select
        {% for key in keys %}{{ relation }}.{{ key }}, {% endfor %}
        element.item,
        coalesce(element.position, 1) as position
    from {{ relation }}
    left join lateral jsonb_path_query(
        cast({{ relation }}.{{ column }} as jsonb),
        -- Quoted: a name may hold a hyphen.
        '${{ '."' ~ (path | replace('.', '"."')) ~ '"' if path }}[*]'
    )
        with ordinality as element (item, position) on true
{%- endmacro %}

{# The kinds of the values at several paths ("" is the object itself), prepared in one pass; read with json_kind. #}
{% macro json_kinds(column, paths) -%}
    {{ adapter.dispatch('json_kinds', 'billhouse')(column, paths) }}
{%- endmacro %}

{% macro default__json_kinds(column, paths) -%}
    json_type({{ column }}, [
        {%- for path in paths %}'{{ '$.' ~ path if path else '$' }}'{{ ', ' if not loop.last }}{% endfor -%}
    ])
{%- endmacro %}

{% macro postgres__json_kinds(column, paths) -%}
    cast({{ column }} as jsonb)
{%- endmacro %}

{# One of the kinds that json_kinds prepared: object, array, text, int, number, bool or null; NULL where the path is
   absent. `number` is the path's place in its list, from 1. #}
{% macro json_kind(kinds, path, number) -%}
    {{ adapter.dispatch('json_kind', 'billhouse')(kinds, path, number) }}
{%- endmacro %}

{% macro default__json_kind(kinds, path, number) -%}
    case {{ kinds }}[{{ number }}]
        when 'OBJECT' then 'object' when 'ARRAY' then 'array' when 'VARCHAR' then 'text' when 'BOOLEAN' then 'bool'
        when 'BIGINT' then 'int' when 'UBIGINT' then 'int' when 'DOUBLE' then 'number' when 'NULL' then 'null'
    end
{%- endmacro %}

{% macro postgres__json_kind(kinds, path, number) -%}
    {%- set value = "(" ~ kinds ~ " #> '{" ~ (path | replace('.', ',')) ~ "}')" -%}
    case jsonb_typeof({{ value }})
        when 'object' then 'object' when 'array' then 'array' when 'string' then 'text' when 'boolean' then 'bool'
        when 'number' then case when cast({{ value }} as text) like '%.%' then 'number' else 'int' end
        when 'null' then 'null'
    end
{%- endmacro %}
