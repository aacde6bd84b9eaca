{%- set fields = [
    ('source_id', 'text', 'source'),
    ('type', 'text', 'type'),
    ('currency', 'currency', 'currency'),
    ('amount', 'money', 'amount'),
    ('fee', 'money', 'fee'),
    ('net', 'money', 'net'),
    ('available_at', 'epoch', 'available_on'),
    ('created_at', 'epoch', 'created'),
] -%}
{%- set keys = ['account', 'balance_transaction_id', 'is_deleted', 'fetched_at', 'batch_id'] -%}
{{ config(unique_key=['account', 'balance_transaction_id'], meta={'raw': 'balance_transactions', 'fields': fields}) }}

with source as (
    {{ unstaged_rows(source('raw_stripe', 'balance_transactions'), 'balance_transaction_id') }}
),

picked as (
    {{ pick_fields('source', keys, 'data', fields) }}
),

renamed as (
    {{ type_fields('picked', keys, fields) }}
)

{{ with_minor_units('renamed', keys, fields, 'stripe') }}
