{%- set fields = [
    ('action', 'text', 'action'),
    ('customer_id', 'text', 'account.id'),
    ('original_invoice_id', 'text', 'original_invoice.id'),
    ('applied_to_invoice_id', 'text', 'applied_to_invoice.id'),
    ('refund_transaction_id', 'text', 'refund_transaction.id'),
    ('currency', 'currency', 'currency'),
    ('amount', 'major', 'amount'),
    ('created_at', 'iso_time', 'created_at'),
    ('voided_at', 'iso_time', 'voided_at'),
] -%}
{%- set keys = ['account', 'credit_payment_id', 'is_deleted', 'fetched_at', 'batch_id'] -%}
{{ config(unique_key=['account', 'credit_payment_id'], meta={'raw': 'credit_payments', 'fields': fields}) }}

with source as (
    {{ unstaged_rows(source('raw_recurly', 'credit_payments'), 'credit_payment_id') }}
),

picked as (
    {{ pick_fields('source', keys, 'data', fields) }}
),

renamed as (
    {{ type_fields('picked', keys, fields) }}
)

{{ with_minor_units('renamed', keys, fields, 'recurly') }}
