{%- set fields = [
    ('discount_id', 'text', 'id', 'optional'),
    ('coupon_id', 'text', ['source.coupon', 'coupon.id'], 'optional'),
] -%}
{%- set keys = ['account', 'invoice_id', 'position', 'is_deleted', 'fetched_at', 'batch_id'] -%}
{{ config(unique_key=['account', 'invoice_id'], meta={'raw': 'invoices', 'items': 'discounts', 'fields': fields}) }}

with source as (
    {{ unstaged_rows(source('raw_stripe', 'invoices'), 'invoice_id') }}
),

items as (
    {{ json_items('source', ['account', 'invoice_id', 'is_deleted', 'fetched_at', 'batch_id'], 'data', 'discounts') }}
),

picked as (
    {{ pick_fields('items', keys, 'item', fields) }}
),

renamed as (
    {{ type_fields('picked', keys, fields) }}
)

select * from renamed
