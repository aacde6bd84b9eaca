{%- set fields = [
    ('customer_id', 'text', 'customer'),
    ('payment_intent_id', 'text', 'payment_intent'),
    ('legacy_invoice_id', 'text', 'invoice', 'optional'),
    ('balance_transaction_id', 'text', 'balance_transaction'),
    ('receipt_email', 'text', 'receipt_email'),
    ('billing_email', 'text', 'billing_details.email'),
    ('billing_name', 'text', 'billing_details.name'),
    ('billing_country', 'text', 'billing_details.address.country', 'optional'),
    ('raw_status', 'text', 'status'),
    ('is_captured', 'bool', 'captured'),
    ('is_refunded', 'bool', 'refunded'),
    ('is_disputed', 'bool', 'disputed'),
    ('is_live', 'bool', 'livemode'),
    ('currency', 'currency', 'currency'),
    ('amount', 'money', 'amount'),
    ('captured', 'money', 'amount_captured'),
    ('refunded', 'money', 'amount_refunded'),
    ('description', 'text', 'description'),
    ('method_type', 'text', 'payment_method_details.type'),
    ('card_brand', 'text', 'payment_method_details.card.brand'),
    ('card_last4', 'text', 'payment_method_details.card.last4'),
    ('bank_last4', 'text', [
        'payment_method_details.sepa_debit.last4',
        'payment_method_details.us_bank_account.last4',
        'payment_method_details.bacs_debit.last4'
    ], 'optional'),
    ('failure_code', 'text', 'failure_code'),
    ('failure_message', 'text', 'failure_message'),
    ('created_at', 'epoch', 'created'),
] -%}
{%- set keys = ['account', 'charge_id', 'is_deleted', 'fetched_at', 'batch_id'] -%}
{{ config(unique_key=['account', 'charge_id'], meta={'raw': 'charges', 'fields': fields}) }}

with source as (
    {{ unstaged_rows(source('raw_stripe', 'charges'), 'charge_id') }}
),

picked as (
    {{ pick_fields('source', keys, 'data', fields) }}
),

renamed as (
    {{ type_fields('picked', keys, fields) }}
)

{{ with_minor_units('renamed', keys, fields, 'stripe') }}
