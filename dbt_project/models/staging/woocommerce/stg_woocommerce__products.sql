{%- set fields = [
    ('name', 'text', 'name'),
    ('sku', 'text', 'sku'),
    ('kind', 'text', 'type'),
    ('raw_status', 'text', 'status'),
    ('price', 'major', 'price'),
    ('created_at', 'iso_time', 'date_created_gmt'),
] -%}
{%- set keys = ['account', 'product_id', 'is_deleted', 'fetched_at', 'batch_id'] -%}
{{ config(unique_key=['account', 'product_id'], meta={'raw': 'products', 'fields': fields}) }}

with source as (
    {{ unstaged_rows(source('raw_woocommerce', 'products'), 'product_id') }}
),

picked as (
    {{ pick_fields('source', keys, 'data', fields) }}
),

renamed as (
    {{ type_fields('picked', keys, fields) }}
)

select * from renamed
