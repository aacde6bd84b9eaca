{# The object's page in Stripe's dashboard; test mode lives below /test. #}
{% macro stripe_url(section, id, is_live) -%}
    'https://dashboard.stripe.com' || case when {{ is_live }} then '' else '/test' end
    || '/{{ section if section.endswith('=') else section ~ '/' }}' || {{ id }}
{%- endmacro %}

{# What people call a price: its nickname, else the product with its rhythm ("Pro monthly"). #}
{% macro plan_name(nickname, product_name, interval_unit, interval_count) -%}
    coalesce(
        nullif({{ nickname }}, ''),
        coalesce({{ product_name }}, 'Subscription') || case
            when {{ interval_unit }} is null then ''
            when {{ interval_count }} > 1
                then ' every ' || cast({{ interval_count }} as {{ dbt.type_string() }}) || ' ' || {{ interval_unit }} || 's'
            when {{ interval_unit }} = 'day' then ' daily'
            else ' ' || {{ interval_unit }} || 'ly'
        end
    )
{%- endmacro %}
