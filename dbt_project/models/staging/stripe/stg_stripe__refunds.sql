{%- set fields = [
    ('charge_id', 'text', 'charge'),
    ('payment_intent_id', 'text', 'payment_intent'),
    ('balance_transaction_id', 'text', 'balance_transaction'),
    ('raw_status', 'text', 'status'),
    ('currency', 'currency', 'currency'),
    ('amount', 'money', 'amount'),
    ('reason', 'text', 'reason'),
    ('failure_reason', 'text', 'failure_reason', 'optional'),
    ('action_id', 'text', 'metadata.billhouse_action_id', 'optional'),
    ('created_at', 'epoch', 'created'),
] -%}
{%- set keys = ['account', 'refund_id', 'is_deleted', 'fetched_at', 'batch_id'] -%}
{{ config(unique_key=['account', 'refund_id'], meta={'raw': 'refunds', 'fields': fields}) }}

with source as (
    {{ unstaged_rows(source('raw_stripe', 'refunds'), 'refund_id') }}
),

picked as (
    {{ pick_fields('source', keys, 'data', fields) }}
),

renamed as (
    {{ type_fields('picked', keys, fields) }}
)

{{ with_minor_units('renamed', keys, fields, 'stripe') }}
