{%- set fields = [
    ('email', 'text', 'email'),
    ('first_name', 'text', 'first_name'),
    ('last_name', 'text', 'last_name'),
    ('billing_email', 'text', 'billing.email'),
    ('billing_first_name', 'text', 'billing.first_name'),
    ('billing_last_name', 'text', 'billing.last_name'),
    ('company', 'text', 'billing.company'),
    ('phone', 'text', 'billing.phone'),
    ('address_line1', 'text', 'billing.address_1'),
    ('address_city', 'text', 'billing.city'),
    ('address_postal_code', 'text', 'billing.postcode'),
    ('address_country', 'text', 'billing.country'),
    ('created_at', 'iso_time', 'date_created_gmt'),
] -%}
{%- set keys = ['account', 'customer_id', 'is_deleted', 'fetched_at', 'batch_id', 'loaded_created_at'] -%}
{{ config(unique_key=['account', 'customer_id'], meta={'raw': 'customers', 'fields': fields}) }}

with source as (
    {{ unstaged_rows(source('raw_woocommerce', 'customers'), 'customer_id') }}
),

picked as (
    {{ pick_fields('source', keys, 'data', fields) }}
),

renamed as (
    {{ type_fields('picked', keys, fields) }}
)

select * from renamed
