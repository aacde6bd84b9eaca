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

{# gateway:account:id, the form of billing.ids.GatewayRef; NULL without an id. #}
{% macro object_ref(gateway, id, account='account') -%}
    {{ gateway }} || ':' || {{ account }} || ':' || {{ id }}
{%- endmacro %}
