{%- set fields = [
    ('name', 'text', 'name'),
    ('is_active', 'bool', 'active'),
    ('created_at', 'epoch', 'created'),
] -%}
{%- set keys = ['account', 'product_id', 'is_deleted', 'fetched_at', 'batch_id'] -%}
{{ config(unique_key=['account', 'product_id'], meta={'raw': 'products', 'fields': fields}) }}

with source as (
    {{ unstaged_rows(source('raw_stripe', 'products'), 'product_id') }}
),

picked as (
    {{ pick_fields('source', keys, 'data', fields) }}
),

renamed as (
    {{ type_fields('picked', keys, fields) }}
)

select * from renamed
