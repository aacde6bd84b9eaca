{%- set fields = [
    ('customer_id', 'text', 'customer'),
    ('latest_charge_id', 'text', 'latest_charge'),
    ('raw_status', 'text', 'status'),
    ('currency', 'currency', 'currency'),
    ('amount', 'money', 'amount'),
    ('received', 'money', 'amount_received'),
    ('description', 'text', 'description'),
    ('capture_method', 'text', 'capture_method', 'optional'),
    ('created_at', 'epoch', 'created'),
] -%}
{%- set keys = ['account', 'payment_intent_id', 'is_deleted', 'fetched_at', 'batch_id'] -%}
{{ config(unique_key=['account', 'payment_intent_id'], meta={'raw': 'payment_intents', 'fields': fields}) }}

with source as (
    {{ unstaged_rows(source('raw_stripe', 'payment_intents'), 'payment_intent_id') }}
),

picked as (
    {{ pick_fields('source', keys, 'data', fields) }}
),

renamed as (
    {{ type_fields('picked', keys, fields) }}
)

{{ with_minor_units('renamed', keys, fields, 'stripe') }}
