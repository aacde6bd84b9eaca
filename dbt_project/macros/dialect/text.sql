{# Texts of a group joined in a stated order. #}
{% macro ordered_list(text, separator, order_by) -%}
    string_agg({{ text }}, '{{ separator }}' order by {{ order_by }})
{%- endmacro %}

{# An e-mail address folded for comparison: Unicode, case, outer blanks; plus-addresses stay apart.
   DuckDB has NFC but no NFKC, so look-alikes (full-width letters, ligatures) stay different there: a look-up may
   then find too little, never somebody else. billing.ids.email_key makes the final comparison. #}
{% macro email_key(address) -%}
    {{ adapter.dispatch('email_key', 'billhouse')(address) }}
{%- endmacro %}

{% macro default__email_key(address) -%}
    replace(lower(trim(nfc_normalize({{ address }}))), 'ß', 'ss')
{%- endmacro %}

{% macro postgres__email_key(address) -%}
    replace(lower(trim(normalize({{ address }}, nfkc))), 'ß', 'ss')
{%- endmacro %}
