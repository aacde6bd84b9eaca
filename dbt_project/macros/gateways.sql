{# The same entity of every gateway, one below the other, with the gateway's name and the row's reference. #}
{% macro union_gateways(entity, ref_column, id_column, columns) -%}
    {%- for gateway in var('gateways') %}
    select
        '{{ gateway }}' as gateway,
        {{ object_ref("'" ~ gateway ~ "'", id_column) }} as {{ ref_column }},
        {{ columns | join(',\n        ') }}
    from {{ ref('int_' ~ entity ~ '__' ~ gateway) }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
{%- endmacro %}

{# A detail that only some gateways tell (var details), one gateway below the other; `columns` as for no_rows. #}
{% macro union_details(detail, columns) -%}
    {%- set told = var('details').get(detail, []) -%}
    {%- for gateway in var('gateways') if gateway in told %}
    select
        '{{ gateway }}' as gateway,
        {{ columns | map(attribute=0) | join(',\n        ') }}
    from {{ ref('int_' ~ detail ~ '__' ~ gateway) }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- else %}
    {{ no_rows([('gateway', 'text')] + columns) }}
    {%- endfor %}
{%- endmacro %}

{# No rows, with the columns of an entity that a gateway does not have: `columns` are (name, kind) with the kinds
   text, money, int, bool, time, day, decimal. #}
{% macro no_rows(columns) -%}
    {%- set types = {
        'text': dbt.type_string(), 'money': 'bigint', 'int': 'bigint', 'bool': 'boolean', 'time': 'timestamp', 'day': 'date',
        'decimal': 'decimal(18, 4)'
    } -%}
    select
        {%- for name, kind in columns %}
        cast(null as {{ types[kind] }}) as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    where 1 = 0
{%- endmacro %}

{# gateway:account:id, the form of billing.ids.GatewayRef; NULL without an id. #}
{% macro object_ref(gateway, id, account='account') -%}
    {{ gateway }} || ':' || {{ account }} || ':' || {{ id }}
{%- endmacro %}
