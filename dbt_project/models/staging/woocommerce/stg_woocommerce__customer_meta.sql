{%- set fields = [
    ('key', 'text', 'key'),
    ('value', 'text', 'value'),
] -%}
{%- set parent_keys = ['account', 'customer_id', 'is_deleted', 'fetched_at', 'batch_id'] -%}
{%- set keys = parent_keys + ['position'] -%}
{{ config(unique_key=['account', 'customer_id'], meta={'raw': 'customers', 'items': 'meta_data', 'fields': fields[:1]}) }}

with source as (
    {{ unstaged_rows(source('raw_woocommerce', 'customers'), 'customer_id') }}
),

items as (
    {{ json_items('source', parent_keys, 'data', 'meta_data') }}
),

picked as (
    {{ pick_fields('items', keys, 'item', fields) }}
),

renamed as (
    {{ type_fields('picked', keys, fields) }}
)

select * from renamed
