{# The object's page at PayPal; every account's staff sees its own objects there. #}
{% macro paypal_url(section, id) -%}
    'https://www.paypal.com/{{ section }}/' || {{ id }}
{%- endmacro %}

{# What a line of the report did to the balance: payments, refunds, fees, withdrawals ... by its event code's group.
   Authorizations, pending and denied lines did nothing. F is partially refunded, V wholly: both did succeed. #}
{% macro paypal_moved_money(event_code, raw_status) -%}
    {{ raw_status }} in ('S', 'F', 'V') and {{ event_code }} not like 'T13%'
{%- endmacro %}

{# What a dispute did to the balance: a reversal after a lost inquiry, a chargeback, and one that came back. Its fee is
   the payment's (T01). #}
{% macro paypal_is_disputed_money(event_code) -%}
    {{ event_code }} in ('T1106', 'T1201', 'T1202')
{%- endmacro %}

{# A name from its parts, or NULL. #}
{% macro paypal_name(full_name, given_name, surname) -%}
    nullif(trim(coalesce({{ full_name }}, coalesce({{ given_name }}, '') || ' ' || coalesce({{ surname }}, ''))), '')
{%- endmacro %}
