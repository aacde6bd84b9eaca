{%- set fields = [
    ('tenure_type', 'text', 'tenure_type'),
    ('sequence', 'int', 'sequence'),
    ('cycles_completed', 'int', 'cycles_completed'),
    ('cycles_remaining', 'int', 'cycles_remaining', 'optional'),
] -%}
{%- set keys = ['account', 'subscription_id', 'position', 'is_deleted', 'fetched_at', 'batch_id'] -%}
{{ config(unique_key=['account', 'subscription_id'], meta={'raw': 'subscriptions', 'items': 'billing_info.cycle_executions', 'fields': fields}) }}

with source as (
    {{ unstaged_rows(source('raw_paypal', 'subscriptions'), 'subscription_id') }}
),

items as (
    {{ json_items('source', ['account', 'subscription_id', 'is_deleted', 'fetched_at', 'batch_id'], 'data', 'billing_info.cycle_executions') }}
),

picked as (
    {{ pick_fields('items', keys, 'item', fields) }}
),

renamed as (
    {{ type_fields('picked', keys, fields) }}
)

select * from renamed
