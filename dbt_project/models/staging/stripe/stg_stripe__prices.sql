{%- set fields = [
    ('product_id', 'text', 'product'),
    ('nickname', 'text', 'nickname'),
    ('type', 'text', 'type'),
    ('interval_unit', 'text', 'recurring.interval'),
    ('interval_count', 'int', 'recurring.interval_count'),
    ('currency', 'currency', 'currency'),
    ('unit', 'money', 'unit_amount'),
    ('is_active', 'bool', 'active'),
    ('created_at', 'epoch', 'created'),
] -%}
{%- set keys = ['account', 'price_id', 'is_deleted', 'fetched_at', 'batch_id'] -%}
{{ config(unique_key=['account', 'price_id'], meta={'raw': 'prices', 'fields': fields}) }}

with source as (
    {{ unstaged_rows(source('raw_stripe', 'prices'), 'price_id') }}
),

picked as (
    {{ pick_fields('source', keys, 'data', fields) }}
),

renamed as (
    {{ type_fields('picked', keys, fields) }}
)

{{ with_minor_units('renamed', keys, fields, 'stripe') }}
