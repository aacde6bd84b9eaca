{%- set fields = [
    ('number', 'text', 'number'),
    ('parent_id', 'int', 'parent_id'),
    ('customer_id', 'int', 'customer_id'),
    ('raw_status', 'text', 'status'),
    ('currency', 'currency', 'currency'),
    ('total', 'major', 'total'),
    ('tax', 'major', 'total_tax'),
    ('shipping', 'major', 'shipping_total'),
    ('shipping_tax', 'major', 'shipping_tax'),
    ('discount', 'major', 'discount_total'),
    ('discount_tax', 'major', 'discount_tax'),
    ('email', 'text', 'billing.email'),
    ('first_name', 'text', 'billing.first_name'),
    ('last_name', 'text', 'billing.last_name'),
    ('company', 'text', 'billing.company'),
    ('billing_country', 'text', 'billing.country'),
    ('payment_method', 'text', 'payment_method'),
    ('payment_method_title', 'text', 'payment_method_title'),
    ('transaction_id', 'text', 'transaction_id'),
    ('created_via', 'text', 'created_via'),
    ('payment_url', 'text', 'payment_url'),
    ('created_at', 'iso_time', 'date_created_gmt'),
    ('created_locally_at', 'iso_time', 'date_created'),
    ('modified_at', 'iso_time', 'date_modified_gmt'),
    ('paid_at', 'iso_time', 'date_paid_gmt'),
] -%}
{%- set keys = ['account', 'order_id', 'is_deleted', 'fetched_at', 'batch_id'] -%}
{{ config(unique_key=['account', 'order_id'], meta={'raw': 'orders', 'fields': fields}) }}

with source as (
    {{ unstaged_rows(source('raw_woocommerce', 'orders'), 'order_id') }}
),

picked as (
    {{ pick_fields('source', keys, 'data', fields) }}
),

renamed as (
    {{ type_fields('picked', keys, fields) }}
)

{{ with_minor_units('renamed', keys, fields, 'woocommerce') }}
