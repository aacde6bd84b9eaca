{%- set fields = [
    ('currency', 'currency', 'currency'),
    ('total', 'major', 'total_balance.value'),
    ('available', 'major', 'available_balance.value', 'optional'),
] -%}
{%- set keys = ['account', 'balance_id', 'is_deleted', 'fetched_at', 'batch_id'] -%}
{{ config(unique_key=['account', 'balance_id'], meta={'raw': 'balances', 'fields': fields}) }}

with source as (
    {{ unstaged_rows(source('raw_paypal', 'balances'), 'balance_id') }}
),

picked as (
    {{ pick_fields('source', keys, 'data', fields) }}
),

renamed as (
    {{ type_fields('picked', keys, fields) }}
)

{{ with_minor_units('renamed', keys, fields, 'paypal') }}
