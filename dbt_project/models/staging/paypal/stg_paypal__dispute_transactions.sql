{%- set fields = [
    ('charge_id', 'text', 'seller_transaction_id', 'optional'),
] -%}
{%- set keys = ['account', 'dispute_id', 'position', 'is_deleted', 'fetched_at', 'batch_id'] -%}
{{ config(unique_key=['account', 'dispute_id'], meta={'raw': 'disputes', 'items': 'disputed_transactions', 'fields': fields}) }}

with source as (
    {{ unstaged_rows(source('raw_paypal', 'disputes'), 'dispute_id') }}
),

items as (
    {{ json_items('source', ['account', 'dispute_id', 'is_deleted', 'fetched_at', 'batch_id'], 'data', 'disputed_transactions') }}
),

picked as (
    {{ pick_fields('items', keys, 'item', fields) }}
),

renamed as (
    {{ type_fields('picked', keys, fields) }}
)

select * from renamed
