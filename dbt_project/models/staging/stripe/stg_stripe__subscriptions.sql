{%- set fields = [
    ('customer_id', 'text', 'customer'),
    ('raw_status', 'text', 'status'),
    ('currency', 'currency', 'currency'),
    ('has_paused_collection', 'exists', 'pause_collection'),
    ('legacy_period_start_at', 'epoch', 'current_period_start', 'optional'),
    ('legacy_period_end_at', 'epoch', 'current_period_end', 'optional'),
    ('trial_end_at', 'epoch', 'trial_end'),
    ('is_cancel_at_period_end', 'bool', 'cancel_at_period_end'),
    ('canceled_at', 'epoch', 'canceled_at'),
    ('started_at', 'epoch', 'start_date'),
    ('ended_at', 'epoch', 'ended_at'),
    ('latest_invoice_id', 'text', 'latest_invoice'),
    ('is_live', 'bool', 'livemode'),
    ('created_at', 'epoch', 'created'),
] -%}
{%- set keys = ['account', 'subscription_id', 'is_deleted', 'fetched_at', 'batch_id'] -%}
{{ config(unique_key=['account', 'subscription_id'], meta={'raw': 'subscriptions', 'fields': fields}) }}

with source as (
    {{ unstaged_rows(source('raw_stripe', 'subscriptions'), 'subscription_id') }}
),

picked as (
    {{ pick_fields('source', keys, 'data', fields) }}
),

renamed as (
    {{ type_fields('picked', keys, fields) }}
)

select * from renamed
