{%- set fields = [
    ('item_id', 'text', 'id', 'optional'),
    ('name', 'text', 'name'),
    ('description', 'text', 'description', 'optional'),
    ('quantity', 'decimal', 'quantity'),
    ('currency', 'currency', 'unit_amount.currency_code'),
    ('unit', 'major', 'unit_amount.value'),
    ('discount', 'major', 'discount.amount.value', 'optional'),
    ('tax', 'major', 'tax.amount.value', 'optional'),
    ('tax_name', 'text', 'tax.name', 'optional'),
    ('tax_percent', 'decimal', 'tax.percent', 'optional'),
] -%}
{%- set keys = ['account', 'invoice_id', 'position', 'is_deleted', 'fetched_at', 'batch_id'] -%}
{{ config(unique_key=['account', 'invoice_id'], meta={'raw': 'invoices', 'items': 'items', 'fields': fields}) }}

with source as (
    {{ unstaged_rows(source('raw_paypal', 'invoices'), 'invoice_id') }}
),

items as (
    {{ json_items('source', ['account', 'invoice_id', 'is_deleted', 'fetched_at', 'batch_id'], 'data', 'items') }}
),

picked as (
    {{ pick_fields('items', keys, 'item', fields) }}
),

renamed as (
    {{ type_fields('picked', keys, fields) }}
)

{{ with_minor_units('renamed', keys, fields, 'paypal') }}
