{%- set fields = [
    ('description', 'text', 'description', 'optional'),
    ('currency', 'currency', 'amount.currency_code'),
    ('amount', 'major', 'amount.value'),
    ('tax', 'major', 'amount.breakdown.tax_total.value', 'optional'),
    ('discount', 'major', 'amount.breakdown.discount.value', 'optional'),
    ('invoice_number', 'text', 'invoice_id', 'optional'),
] -%}
{%- set keys = ['account', 'order_id', 'position', 'is_deleted', 'fetched_at', 'batch_id'] -%}
{{ config(unique_key=['account', 'order_id'], meta={'raw': 'orders', 'items': 'purchase_units', 'fields': fields}) }}

with source as (
    {{ unstaged_rows(source('raw_paypal', 'orders'), 'order_id') }}
),

items as (
    {{ json_items('source', ['account', 'order_id', 'is_deleted', 'fetched_at', 'batch_id'], 'data', 'purchase_units') }}
),

picked as (
    {{ pick_fields('items', keys, 'item', fields) }}
),

renamed as (
    {{ type_fields('picked', keys, fields) }}
)

{{ with_minor_units('renamed', keys, fields, 'paypal') }}
