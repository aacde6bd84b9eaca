{%- set fields = [
    ('plan_id', 'text', 'plan-id'),
    ('payment_method_token', 'text', 'payment-method-token'),
    ('merchant_account_id', 'text', 'merchant-account-id'),
    ('raw_status', 'text', 'status'),
    ('price_sent', 'text', 'price'),
    ('is_trial', 'bool', 'trial-period'),
    ('cycle', 'int', 'current-billing-cycle'),
    ('is_endless', 'bool', 'never-expires'),
    ('first_billing_at', 'iso_time', 'first-billing-date'),
    ('next_billing_at', 'iso_time', 'next-billing-date'),
    ('period_start_at', 'iso_time', 'billing-period-start-date'),
    ('period_end_at', 'iso_time', 'billing-period-end-date'),
    ('created_at', 'iso_time', 'created-at'),
] -%}
{%- set keys = ['account', 'subscription_id', 'is_deleted', 'fetched_at', 'batch_id'] -%}
{{ config(unique_key=['account', 'subscription_id'], meta={'raw': 'subscriptions', 'fields': fields}) }}

with source as (
    {{ unstaged_rows(source('raw_braintree', 'subscriptions'), 'subscription_id') }}
),

picked as (
    {{ pick_fields('source', keys, 'data', fields) }}
),

renamed as (
    {{ type_fields('picked', keys, fields) }}
)

select * from renamed
