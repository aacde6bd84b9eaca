{%- set fields = [
    ('line1', 'text', 'street-address'),
    ('city', 'text', 'locality'),
    ('postal_code', 'text', 'postal-code'),
    ('country', 'text', 'country-code-alpha2'),
] -%}
{%- set parent_keys = ['account', 'customer_id', 'is_deleted', 'fetched_at', 'batch_id'] -%}
{%- set keys = parent_keys + ['position'] -%}
{{ config(unique_key=['account', 'customer_id'], meta={'raw': 'customers', 'items': 'addresses', 'fields': fields}) }}

with source as (
    {{ unstaged_rows(source('raw_braintree', 'customers'), 'customer_id') }}
),

items as (
    {{ json_items('source', parent_keys, 'data', 'addresses') }}
),

picked as (
    {{ pick_fields('items', keys, 'item', fields) }}
),

renamed as (
    {{ type_fields('picked', keys, fields) }}
)

select * from renamed
