{%- set fields = [
    ('type', 'text', 'type'),
    ('raw_status', 'text', 'status'),
    ('currency', 'currency', 'currency-iso-code'),
    ('amount', 'major', 'amount'),
    ('tax', 'major', 'tax-amount'),
    ('merchant_account_id', 'text', 'merchant-account-id'),
    ('order_id', 'text', 'order-id'),
    ('customer_id', 'text', 'customer.id'),
    ('customer_email', 'text', 'customer.email'),
    ('customer_first_name', 'text', 'customer.first-name'),
    ('customer_last_name', 'text', 'customer.last-name'),
    ('billing_country', 'text', 'billing.country-code-alpha2', 'optional'),
    ('refunded_transaction_id', 'text', 'refunded-transaction-id'),
    ('settlement_batch_id', 'text', 'settlement-batch-id'),
    ('subscription_id', 'text', 'subscription-id'),
    ('plan_id', 'text', 'plan-id'),
    ('period_start_at', 'iso_time', 'subscription.billing-period-start-date'),
    ('period_end_at', 'iso_time', 'subscription.billing-period-end-date'),
    ('method_type', 'text', 'payment-instrument-type'),
    ('card_brand', 'text', 'credit-card.card-type', 'optional'),
    ('card_last4', 'text', 'credit-card.last-4', 'optional'),
    ('processor_code', 'text', 'processor-response-code'),
    ('processor_text', 'text', 'processor-response-text'),
    ('settlement_code', 'text', 'processor-settlement-response-code', 'optional'),
    ('settlement_text', 'text', 'processor-settlement-response-text', 'optional'),
    ('rejection_reason', 'text', 'gateway-rejection-reason'),
    ('created_at', 'iso_time', 'created-at'),
] -%}
{%- set keys = ['account', 'transaction_id', 'is_deleted', 'fetched_at', 'batch_id'] -%}
{{ config(unique_key=['account', 'transaction_id'], meta={'raw': 'transactions', 'fields': fields}) }}

with source as (
    {{ unstaged_rows(source('raw_braintree', 'transactions'), 'transaction_id') }}
),

picked as (
    {{ pick_fields('source', keys, 'data', fields) }}
),

renamed as (
    {{ type_fields('picked', keys, fields) }}
)

{{ with_minor_units('renamed', keys, fields, 'braintree') }}
