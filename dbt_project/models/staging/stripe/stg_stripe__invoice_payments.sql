{%- set fields = [
    ('invoice_id', 'text', 'invoice'),
    ('payment_intent_id', 'text', 'payment.payment_intent', 'optional'),
    ('charge_id', 'text', 'payment.charge', 'optional'),
    ('raw_status', 'text', 'status'),
    ('currency', 'currency', 'currency'),
    ('paid', 'money', 'amount_paid'),
    ('created_at', 'epoch', 'created'),
] -%}
{%- set keys = ['account', 'invoice_payment_id', 'is_deleted', 'fetched_at', 'batch_id'] -%}
{{ config(unique_key=['account', 'invoice_payment_id'], meta={'raw': 'invoice_payments', 'fields': fields}) }}

with source as (
    {{ unstaged_rows(source('raw_stripe', 'invoice_payments'), 'invoice_payment_id') }}
),

picked as (
    {{ pick_fields('source', keys, 'data', fields) }}
),

renamed as (
    {{ type_fields('picked', keys, fields) }}
)

{{ with_minor_units('renamed', keys, fields, 'stripe') }}
