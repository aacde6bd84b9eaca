{%- set fields = [
    ('country', 'text', 'country'),
    ('region', 'text', 'state'),
    ('rate_percent', 'decimal', 'rate'),
    ('name', 'text', 'name'),
    ('tax_class', 'text', 'class'),
] -%}
{%- set keys = ['account', 'tax_rate_id', 'is_deleted', 'fetched_at', 'batch_id'] -%}
{{ config(unique_key=['account', 'tax_rate_id'], meta={'raw': 'taxes', 'fields': fields}) }}

with source as (
    {{ unstaged_rows(source('raw_woocommerce', 'taxes'), 'tax_rate_id') }}
),

picked as (
    {{ pick_fields('source', keys, 'data', fields) }}
),

renamed as (
    {{ type_fields('picked', keys, fields) }}
)

select * from renamed
