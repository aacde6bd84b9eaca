{%- set fields = [
    ('name', 'text', 'name'),
    ('type', 'text', 'type', 'optional'),
    ('created_at', 'iso_time', 'create_time'),
] -%}
{%- set keys = ['account', 'product_id', 'is_deleted', 'fetched_at', 'batch_id'] -%}
{{ config(unique_key=['account', 'product_id'], meta={'raw': 'products', 'fields': fields}) }}

with source as (
    {{ unstaged_rows(source('raw_paypal', 'products'), 'product_id') }}
),

picked as (
    {{ pick_fields('source', keys, 'data', fields) }}
),

renamed as (
    {{ type_fields('picked', keys, fields) }}
)

select * from renamed
