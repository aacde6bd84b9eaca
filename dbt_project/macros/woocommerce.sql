{# An object's page below the shop's own address; orders, products, coupons and subscriptions are all posts. #}
{% macro woocommerce_url(kind, id, home) -%}
    {{ home }} || '/wp-admin/
    {{- 'user-edit.php?user_id=' if kind == 'customer' else 'post.php?post=' }}' || {{ text_of(id) }}
    {%- if kind != 'customer' %} || '&action=edit'{% endif %}
{%- endmacro %}

{# A number as text; WooCommerce's ids are numbers, ours are texts. 0 stands for nobody and becomes NULL. #}
{% macro text_of(number) -%}
    cast({{ number }} as {{ dbt.type_string() }})
{%- endmacro %}
{% macro id_or_null(number) -%}
    {{ text_of('nullif(' ~ number ~ ', 0)') }}
{%- endmacro %}

{# The names under which plugins keep a VAT number; WooCommerce itself has no place for it. #}
{% macro woocommerce_vat_keys() -%}
    '_vat_number', 'vat_number', '_billing_vat', '_billing_vat_number', 'billing_vat_number', '_billing_eu_vat_number'
{%- endmacro %}
