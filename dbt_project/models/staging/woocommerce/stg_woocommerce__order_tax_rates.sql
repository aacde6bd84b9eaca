{%- set fields = [
    ('tax_rate_id', 'int', 'rate_id'),
    ('rate_code', 'text', 'rate_code'),
    ('label', 'text', 'label'),
    ('rate_percent', 'decimal', 'rate_percent'),
] -%}
{%- set parent_keys = ['account', 'order_id', 'is_deleted', 'fetched_at', 'batch_id'] -%}
{%- set keys = parent_keys + ['position'] -%}
{{ config(unique_key=['account', 'order_id'], meta={'raw': 'orders', 'items': 'tax_lines', 'fields': fields}) }}

with source as (
    {{ unstaged_rows(source('raw_woocommerce', 'orders'), 'order_id') }}
),

items as (
    {{ json_items('source', parent_keys, 'data', 'tax_lines') }}
),

picked as (
    {{ pick_fields('items', keys, 'item', fields) }}
),

renamed as (
    {{ type_fields('picked', keys, fields) }}
)

select * from renamed
