{%- set fields = [
    ('line_id', 'text', 'id'),
    ('description', 'text', 'description'),
    ('quantity', 'int', 'quantity', 'optional'),
    ('currency', 'currency', 'currency'),
    ('amount', 'money', 'amount'),
    ('discount', 'money', 'discount_amounts[].amount'),
    ('tax', 'money', ['taxes[].amount', 'tax_amounts[].amount']),
    ('period_start_at', 'epoch', 'period.start'),
    ('period_end_at', 'epoch', 'period.end'),
    ('is_proration', 'bool', [
        'parent.subscription_item_details.proration',
        'parent.invoice_item_details.proration',
        'proration'
    ]),
    ('price_id', 'text', ['pricing.price_details.price', 'price.id'], 'optional'),
    ('product_id', 'text', ['pricing.price_details.product', 'price.product'], 'optional'),
    ('taxes', 'json', ['taxes', 'tax_amounts']),
] -%}
{%- set keys = ['account', 'invoice_id', 'position', 'is_deleted', 'fetched_at', 'batch_id'] -%}
{{ config(unique_key=['account', 'invoice_id'], meta={'raw': 'invoices', 'items': 'lines.data', 'fields': fields}) }}

with source as (
    {{ unstaged_rows(source('raw_stripe', 'invoices'), 'invoice_id') }}
),

items as (
    {{ json_items('source', ['account', 'invoice_id', 'is_deleted', 'fetched_at', 'batch_id'], 'data', 'lines.data') }}
),

picked as (
    {{ pick_fields('items', keys, 'item', fields) }}
),

renamed as (
    {{ type_fields('picked', keys, fields) }}
)

{{ with_minor_units('renamed', keys, fields, 'stripe') }}
