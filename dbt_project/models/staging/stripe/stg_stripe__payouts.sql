{%- set fields = [
    ('raw_status', 'text', 'status'),
    ('currency', 'currency', 'currency'),
    ('amount', 'money', 'amount'),
    ('arrival_at', 'epoch', 'arrival_date'),
    ('is_live', 'bool', 'livemode'),
    ('created_at', 'epoch', 'created'),
] -%}
{%- set keys = ['account', 'payout_id', 'is_deleted', 'fetched_at', 'batch_id'] -%}
{{ config(unique_key=['account', 'payout_id'], meta={'raw': 'payouts', 'fields': fields}) }}

with source as (
    {{ unstaged_rows(source('raw_stripe', 'payouts'), 'payout_id') }}
),

picked as (
    {{ pick_fields('source', keys, 'data', fields) }}
),

renamed as (
    {{ type_fields('picked', keys, fields) }}
)

{{ with_minor_units('renamed', keys, fields, 'stripe') }}
