{%- set fields = [
    ('email', 'text', 'email'),
    ('name', 'text', 'name'),
    ('phone', 'text', 'phone'),
    ('address_line1', 'text', 'address.line1'),
    ('address_city', 'text', 'address.city'),
    ('address_postal_code', 'text', 'address.postal_code'),
    ('address_country', 'text', 'address.country'),
    ('tax_exempt', 'text', 'tax_exempt', 'optional'),
    ('own_id', 'text', 'metadata.' ~ var('own_id_key'), 'optional'),
    ('is_live', 'bool', 'livemode'),
    ('created_at', 'epoch', 'created'),
] -%}
{%- set keys = ['account', 'customer_id', 'is_deleted', 'fetched_at', 'batch_id', 'loaded_created_at'] -%}
{{ config(unique_key=['account', 'customer_id'], meta={'raw': 'customers', 'fields': fields}) }}

with source as (
    {{ unstaged_rows(source('raw_stripe', 'customers'), 'customer_id') }}
),

picked as (
    {{ pick_fields('source', keys, 'data', fields) }}
),

renamed as (
    {{ type_fields('picked', keys, fields) }}
)

select * from renamed
