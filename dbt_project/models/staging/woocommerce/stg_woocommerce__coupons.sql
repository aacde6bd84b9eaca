{%- set fields = [
    ('code', 'text', 'code'),
    ('description', 'text', 'description'),
    ('raw_status', 'text', 'status'),
    ('kind', 'text', 'discount_type'),
    ('amount', 'major', 'amount'),
    ('usage_count', 'int', 'usage_count'),
    ('expires_at', 'iso_time', 'date_expires_gmt'),
    ('created_at', 'iso_time', 'date_created_gmt'),
] -%}
{%- set keys = ['account', 'coupon_id', 'is_deleted', 'fetched_at', 'batch_id'] -%}
{{ config(unique_key=['account', 'coupon_id'], meta={'raw': 'coupons', 'fields': fields}) }}

with source as (
    {{ unstaged_rows(source('raw_woocommerce', 'coupons'), 'coupon_id') }}
),

picked as (
    {{ pick_fields('source', keys, 'data', fields) }}
),

renamed as (
    {{ type_fields('picked', keys, fields) }}
)

select * from renamed
