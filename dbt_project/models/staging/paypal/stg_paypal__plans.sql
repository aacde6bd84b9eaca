{%- set fields = [
    ('product_id', 'text', 'product_id'),
    ('name', 'text', 'name'),
    ('raw_status', 'text', 'status'),
    ('tax_percent', 'decimal', 'taxes.percentage', 'optional'),
    ('is_tax_inclusive', 'bool', 'taxes.inclusive', 'optional'),
    ('created_at', 'iso_time', 'create_time'),
] -%}
{%- set keys = ['account', 'plan_id', 'is_deleted', 'fetched_at', 'batch_id'] -%}
{{ config(unique_key=['account', 'plan_id'], meta={'raw': 'plans', 'fields': fields}) }}

with source as (
    {{ unstaged_rows(source('raw_paypal', 'plans'), 'plan_id') }}
),

picked as (
    {{ pick_fields('source', keys, 'data', fields) }}
),

renamed as (
    {{ type_fields('picked', keys, fields) }}
)

select * from renamed
