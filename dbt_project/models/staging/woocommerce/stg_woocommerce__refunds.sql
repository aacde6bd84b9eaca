{%- set fields = [
    ('order_id', 'int', 'parent_id'),
    ('amount', 'major', 'amount'),
    ('reason', 'text', 'reason'),
    ('is_by_gateway', 'bool', 'refunded_payment'),
    ('created_at', 'iso_time', 'date_created_gmt'),
] -%}
{%- set keys = ['account', 'refund_id', 'is_deleted', 'fetched_at', 'batch_id'] -%}
{{ config(unique_key=['account', 'refund_id'], meta={'raw': 'refunds', 'fields': fields}) }}

with source as (
    {{ unstaged_rows(source('raw_woocommerce', 'refunds'), 'refund_id') }}
),

picked as (
    {{ pick_fields('source', keys, 'data', fields) }}
),

renamed as (
    {{ type_fields('picked', keys, fields) }}
)

select * from renamed
