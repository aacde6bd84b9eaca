{%- set fields = [
    ('customer_id', 'text', 'customer'),
    ('subscription_id', 'text', ['parent.subscription_details.subscription', 'subscription']),
    ('legacy_charge_id', 'text', 'charge', 'optional'),
    ('legacy_payment_intent_id', 'text', 'payment_intent', 'optional'),
    ('number', 'text', 'number'),
    ('raw_status', 'text', 'status'),
    ('currency', 'currency', 'currency'),
    ('subtotal', 'money', 'subtotal'),
    ('total', 'money', 'total'),
    ('tax', 'money', ['total_taxes[].amount', 'total_tax_amounts[].amount', 'tax']),
    ('paid', 'money', 'amount_paid'),
    ('due', 'money', 'amount_remaining'),
    ('billing_reason', 'text', 'billing_reason'),
    ('collection_method', 'text', 'collection_method'),
    ('attempt_count', 'int', 'attempt_count'),
    ('issued_at', 'epoch', 'status_transitions.finalized_at'),
    ('voided_at', 'epoch', 'status_transitions.voided_at', 'optional'),
    ('customer_country', 'text', 'customer_address.country', 'optional'),
    ('due_at', 'epoch', 'due_date'),
    ('paid_at', 'epoch', 'status_transitions.paid_at'),
    ('period_start_at', 'epoch', 'period_start'),
    ('period_end_at', 'epoch', 'period_end'),
    ('hosted_url', 'text', 'hosted_invoice_url'),
    ('pdf_url', 'text', 'invoice_pdf'),
    ('is_live', 'bool', 'livemode'),
    ('created_at', 'epoch', 'created'),
] -%}
{%- set keys = ['account', 'invoice_id', 'is_deleted', 'fetched_at', 'batch_id'] -%}
{{ config(unique_key=['account', 'invoice_id'], meta={'raw': 'invoices', 'fields': fields}) }}

with source as (
    {{ unstaged_rows(source('raw_stripe', 'invoices'), 'invoice_id') }}
),

picked as (
    {{ pick_fields('source', keys, 'data', fields) }}
),

renamed as (
    {{ type_fields('picked', keys, fields) }}
)

{{ with_minor_units('renamed', keys, fields, 'stripe') }}
