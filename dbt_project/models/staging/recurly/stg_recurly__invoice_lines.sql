{%- set fields = [
    ('line_id', 'text', 'id'),
    ('description', 'text', 'description'),
    ('quantity', 'int', 'quantity'),
    ('currency', 'currency', 'currency'),
    ('subtotal', 'major', 'subtotal'),
    ('amount', 'major', 'amount'),
    ('tax', 'major', 'tax'),
    ('is_tax_inclusive', 'bool', 'tax_inclusive', 'optional'),
    ('proration_rate', 'decimal', 'proration_rate', 'optional'),
    ('plan_id', 'text', 'plan_id'),
    ('subscription_id', 'text', 'subscription_id'),
    ('tax_type', 'text', 'tax_info.type', 'optional'),
    ('tax_region', 'text', 'tax_info.region', 'optional'),
    ('tax_rate', 'decimal', 'tax_info.rate', 'optional'),
    ('tax_details', 'json', 'tax_info.tax_details', 'optional'),
    ('period_start_at', 'iso_time', 'start_date'),
    ('period_end_at', 'iso_time', 'end_date'),
] -%}
{%- set keys = ['account', 'invoice_id', 'position', 'is_deleted', 'fetched_at', 'batch_id'] -%}
{{ config(unique_key=['account', 'invoice_id'], meta={'raw': 'invoices', 'items': 'line_items', 'fields': fields}) }}

with source as (
    {{ unstaged_rows(source('raw_recurly', 'invoices'), 'invoice_id') }}
),

items as (
    {{ json_items('source', ['account', 'invoice_id', 'is_deleted', 'fetched_at', 'batch_id'], 'data', 'line_items') }}
),

picked as (
    {{ pick_fields('items', keys, 'item', fields) }}
),

renamed as (
    {{ type_fields('picked', keys, fields) }}
)

{{ with_minor_units('renamed', keys, fields, 'recurly') }}
