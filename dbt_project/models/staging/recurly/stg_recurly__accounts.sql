{%- set fields = [
    ('code', 'text', 'code'),
    ('email', 'text', 'email'),
    ('first_name', 'text', 'first_name'),
    ('last_name', 'text', 'last_name'),
    ('company', 'text', 'company'),
    ('phone', 'text', 'address.phone'),
    ('address_line1', 'text', 'address.street1'),
    ('address_city', 'text', 'address.city'),
    ('address_postal_code', 'text', 'address.postal_code'),
    ('address_country', 'text', 'address.country'),
    ('vat_number', 'text', 'vat_number'),
    ('billing_vat_number', 'text', 'billing_info.vat_number', 'optional'),
    ('is_tax_exempt', 'bool', 'tax_exempt'),
    ('raw_state', 'text', 'state'),
    ('created_at', 'iso_time', 'created_at'),
    ('closed_at', 'iso_time', 'deleted_at'),
] -%}
{%- set keys = ['account', 'customer_id', 'is_deleted', 'fetched_at', 'batch_id', 'loaded_created_at'] -%}
{{ config(unique_key=['account', 'customer_id'], meta={'raw': 'accounts', 'fields': fields}) }}

with source as (
    {{ unstaged_rows(source('raw_recurly', 'accounts'), 'customer_id') }}
),

picked as (
    {{ pick_fields('source', keys, 'data', fields) }}
),

renamed as (
    {{ type_fields('picked', keys, fields) }}
)

select * from renamed
