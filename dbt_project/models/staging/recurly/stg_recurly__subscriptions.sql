{%- set fields = [
    ('uuid', 'text', 'uuid'),
    ('customer_id', 'text', 'account.id'),
    ('plan_id', 'text', 'plan.id'),
    ('plan_name', 'text', 'plan.name'),
    ('raw_state', 'text', 'state'),
    ('currency', 'currency', 'currency'),
    ('subtotal', 'major', 'subtotal'),
    ('quantity', 'int', 'quantity'),
    ('current_period_start_at', 'iso_time', 'current_period_started_at'),
    ('current_period_end_at', 'iso_time', 'current_period_ends_at'),
    ('trial_end_at', 'iso_time', 'trial_ends_at'),
    ('activated_at', 'iso_time', 'activated_at'),
    ('canceled_at', 'iso_time', 'canceled_at'),
    ('expires_at', 'iso_time', 'expires_at'),
    ('created_at', 'iso_time', 'created_at'),
] -%}
{%- set keys = ['account', 'subscription_id', 'is_deleted', 'fetched_at', 'batch_id'] -%}
{{ config(unique_key=['account', 'subscription_id'], meta={'raw': 'subscriptions', 'fields': fields}) }}

with source as (
    {{ unstaged_rows(source('raw_recurly', 'subscriptions'), 'subscription_id') }}
),

picked as (
    {{ pick_fields('source', keys, 'data', fields) }}
),

renamed as (
    {{ type_fields('picked', keys, fields) }}
)

{{ with_minor_units('renamed', keys, fields, 'recurly') }}
