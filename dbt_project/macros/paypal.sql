{# The object's page at PayPal; every account's staff sees its own objects there. #}
{% macro paypal_url(section, id) -%}
    'https://www.paypal.com/{{ section }}/' || {{ id }}
{%- endmacro %}

{# What a line of the report did to the balance: payments, refunds, fees, withdrawals ... by its event code's group.
   Authorizations, pending and denied lines did nothing. F is partially refunded, V wholly: both did succeed. #}
{% macro paypal_moved_money(event_code, raw_status) -%}
    {{ raw_status }} in ('S', 'F', 'V') and {{ event_code }} not like 'T13%'
{%- endmacro %}

{# A name from its parts, or NULL. #}
{% macro paypal_name(full_name, given_name, surname) -%}
    nullif(trim(coalesce({{ full_name }}, coalesce({{ given_name }}, '') || ' ' || coalesce({{ surname }}, ''))), '')
{%- endmacro %}
