{%- set fields = [
    ('customer_id', 'text', 'customer'),
    ('value', 'text', 'value'),
    ('type', 'text', 'type'),
    ('verification_status', 'text', 'verification.status'),
    ('country', 'text', 'country'),
    ('created_at', 'epoch', 'created'),
] -%}
{%- set keys = ['account', 'tax_id_id', 'is_deleted', 'fetched_at', 'batch_id'] -%}
{{ config(unique_key=['account', 'tax_id_id'], meta={'raw': 'tax_ids', 'fields': fields}) }}

with source as (
    {{ unstaged_rows(source('raw_stripe', 'tax_ids'), 'tax_id_id') }}
),

picked as (
    {{ pick_fields('source', keys, 'data', fields) }}
),

renamed as (
    {{ type_fields('picked', keys, fields) }}
)

select * from renamed
