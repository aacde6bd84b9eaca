{%- set fields = [
    ('token', 'text', 'token'),
    ('image_url', 'text', 'image-url', 'optional'),
] -%}
{%- set parent_keys = ['account', 'customer_id', 'is_deleted', 'fetched_at', 'batch_id'] -%}
{%- set keys = parent_keys + ['position'] -%}
{{ config(unique_key=['account', 'customer_id'], meta={'raw': 'customers', 'items': 'credit-cards', 'fields': fields}) }}

with source as (
    {{ unstaged_rows(source('raw_braintree', 'customers'), 'customer_id') }}
),

items as (
    {{ json_items('source', parent_keys, 'data', 'credit-cards') }}
),

picked as (
    {{ pick_fields('items', keys, 'item', fields) }}
),

renamed as (
    {{ type_fields('picked', keys, fields) }}
)

select * from renamed
