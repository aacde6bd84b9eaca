{%- set fields = [
    ('type', 'text', 'type', 'optional'),
    ('payment_id', 'text', 'payment_id', 'optional'),
    ('method', 'text', 'method', 'optional'),
    ('currency', 'currency', 'amount.currency_code', 'optional'),
    ('amount', 'major', 'amount.value', 'optional'),
    ('paid_on', 'iso_time', 'payment_date', 'optional'),
] -%}
{%- set keys = ['account', 'invoice_id', 'position', 'is_deleted', 'fetched_at', 'batch_id'] -%}
{{ config(unique_key=['account', 'invoice_id'], meta={'raw': 'invoices', 'items': 'payments.transactions', 'fields': fields}) }}

with source as (
    {{ unstaged_rows(source('raw_paypal', 'invoices'), 'invoice_id') }}
),

items as (
    {{ json_items('source', ['account', 'invoice_id', 'is_deleted', 'fetched_at', 'batch_id'], 'data', 'payments.transactions') }}
),

picked as (
    {{ pick_fields('items', keys, 'item', fields) }}
),

renamed as (
    {{ type_fields('picked', keys, fields) }}
)

{{ with_minor_units('renamed', keys, fields, 'paypal') }}
