{%- set fields = [
    ('merchant_id', 'text', 'merchant-id'),
    ('email', 'text', 'email'),
    ('first_name', 'text', 'first-name'),
    ('last_name', 'text', 'last-name'),
    ('company', 'text', 'company'),
    ('phone', 'text', 'phone'),
    ('tax_id', 'text', ['custom-fields.vat_number', 'custom-fields.vat_id', 'custom-fields.tax_id'], 'optional'),
    ('created_at', 'iso_time', 'created-at'),
] -%}
{%- set keys = ['account', 'customer_id', 'is_deleted', 'fetched_at', 'batch_id', 'loaded_created_at'] -%}
{{ config(unique_key=['account', 'customer_id'], meta={'raw': 'customers', 'fields': fields}) }}

with source as (
    {{ unstaged_rows(source('raw_braintree', 'customers'), 'customer_id') }}
),

picked as (
    {{ pick_fields('source', keys, 'data', fields) }}
),

renamed as (
    {{ type_fields('picked', keys, fields) }}
)

select * from renamed
