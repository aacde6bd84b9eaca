{# Whole-number division without a detour through floating point, cut towards zero. #}
{% macro whole_division(dividend, divisor) -%}
    {{ adapter.dispatch('whole_division', 'billhouse')(dividend, divisor) }}
{%- endmacro %}

{% macro default__whole_division(dividend, divisor) -%}
    (({{ dividend }}) // ({{ divisor }}))
{%- endmacro %}

{% macro postgres__whole_division(dividend, divisor) -%}
    (({{ dividend }}) / ({{ divisor }}))
{%- endmacro %}

{# A whole number with thousands separators: 1,234,567. #}
{% macro with_thousands(number) -%}
    {{ adapter.dispatch('with_thousands', 'billhouse')(number) }}
{%- endmacro %}

{% macro default__with_thousands(number) -%}
    format('{:,}', cast({{ number }} as bigint))
{%- endmacro %}

{% macro postgres__with_thousands(number) -%}
    to_char({{ number }}, 'FM9,999,999,999,999,999,990')
{%- endmacro %}

{# A rate as people write it: 23.0000 is "23 %", 8.8750 "8.875 %". #}
{% macro percent_text(rate) -%}
    {{ adapter.dispatch('percent_text', 'billhouse')(rate) }}
{%- endmacro %}

{% macro default__percent_text(rate) -%}
    rtrim(rtrim(cast(cast({{ rate }} as decimal(9, 4)) as {{ dbt.type_string() }}), '0'), '.') || ' %'
{%- endmacro %}
