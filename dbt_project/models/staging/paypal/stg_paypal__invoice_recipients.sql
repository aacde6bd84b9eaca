{%- set fields = [
    ('email', 'text', 'billing_info.email_address', 'optional'),
    ('business_name', 'text', 'billing_info.business_name', 'optional'),
    ('full_name', 'text', 'billing_info.name.full_name', 'optional'),
    ('given_name', 'text', 'billing_info.name.given_name', 'optional'),
    ('surname', 'text', 'billing_info.name.surname', 'optional'),
    ('address_line1', 'text', 'billing_info.address.address_line_1', 'optional'),
    ('city', 'text', 'billing_info.address.admin_area_2', 'optional'),
    ('postal_code', 'text', 'billing_info.address.postal_code', 'optional'),
    ('country', 'text', 'billing_info.address.country_code', 'optional'),
    ('additional_info', 'text', 'billing_info.additional_info', 'optional'),
] -%}
{%- set keys = ['account', 'invoice_id', 'position', 'is_deleted', 'fetched_at', 'batch_id'] -%}
{{ config(unique_key=['account', 'invoice_id'], meta={'raw': 'invoices', 'items': 'primary_recipients', 'fields': fields}) }}

with source as (
    {{ unstaged_rows(source('raw_paypal', 'invoices'), 'invoice_id') }}
),

items as (
    {{ json_items('source', ['account', 'invoice_id', 'is_deleted', 'fetched_at', 'batch_id'], 'data', 'primary_recipients') }}
),

picked as (
    {{ pick_fields('items', keys, 'item', fields) }}
),

renamed as (
    {{ type_fields('picked', keys, fields) }}
)

select * from renamed
