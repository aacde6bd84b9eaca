{%- set fields = [
    ('raw_status', 'text', 'status'),
    ('happened_at', 'iso_time', 'timestamp'),
] -%}
{%- set parent_keys = ['account', 'transaction_id', 'is_deleted', 'fetched_at', 'batch_id'] -%}
{%- set keys = parent_keys + ['position'] -%}
{{ config(unique_key=['account', 'transaction_id'], meta={'raw': 'transactions', 'items': 'status-history', 'fields': fields}) }}

with source as (
    {{ unstaged_rows(source('raw_braintree', 'transactions'), 'transaction_id') }}
),

items as (
    {{ json_items('source', parent_keys, 'data', 'status-history') }}
),

picked as (
    {{ pick_fields('items', keys, 'item', fields) }}
),

renamed as (
    {{ type_fields('picked', keys, fields) }}
)

select * from renamed
