{%- set fields = [
    ('display_name', 'text', 'display_name'),
    ('percentage', 'decimal', 'percentage'),
    ('country', 'text', 'country'),
    ('jurisdiction', 'text', 'jurisdiction'),
    ('tax_type', 'text', 'tax_type'),
    ('is_inclusive', 'bool', 'inclusive'),
    ('created_at', 'epoch', 'created'),
] -%}
{%- set keys = ['account', 'tax_rate_id', 'is_deleted', 'fetched_at', 'batch_id'] -%}
{{ config(unique_key=['account', 'tax_rate_id'], meta={'raw': 'tax_rates', 'fields': fields}) }}

with source as (
    {{ unstaged_rows(source('raw_stripe', 'tax_rates'), 'tax_rate_id') }}
),

picked as (
    {{ pick_fields('source', keys, 'data', fields) }}
),

renamed as (
    {{ type_fields('picked', keys, fields) }}
)

select * from renamed
