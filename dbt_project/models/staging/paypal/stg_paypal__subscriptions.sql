{%- set fields = [
    ('raw_status', 'text', 'status'),
    ('plan_id', 'text', 'plan_id'),
    ('payer_id', 'text', 'subscriber.payer_id', 'optional'),
    ('email', 'text', 'subscriber.email_address', 'optional'),
    ('given_name', 'text', 'subscriber.name.given_name', 'optional'),
    ('surname', 'text', 'subscriber.name.surname', 'optional'),
    ('quantity', 'decimal', 'quantity', 'optional'),
    ('failed_payments', 'int', 'billing_info.failed_payments_count', 'optional'),
    ('last_paid_at', 'iso_time', 'billing_info.last_payment.time', 'optional'),
    ('currency', 'currency', 'billing_info.outstanding_balance.currency_code', 'optional'),
    ('outstanding', 'major', 'billing_info.outstanding_balance.value', 'optional'),
    ('next_billing_at', 'iso_time', 'billing_info.next_billing_time', 'optional'),
    ('status_changed_at', 'iso_time', 'status_update_time', 'optional'),
    ('started_at', 'iso_time', 'start_time'),
    ('created_at', 'iso_time', 'create_time'),
] -%}
{%- set keys = ['account', 'subscription_id', 'is_deleted', 'fetched_at', 'batch_id'] -%}
{{ config(unique_key=['account', 'subscription_id'], meta={'raw': 'subscriptions', 'fields': fields}) }}

with source as (
    {{ unstaged_rows(source('raw_paypal', 'subscriptions'), 'subscription_id') }}
),

picked as (
    {{ pick_fields('source', keys, 'data', fields) }}
),

renamed as (
    {{ type_fields('picked', keys, fields) }}
)

{{ with_minor_units('renamed', keys, fields, 'paypal') }}
