{%- set fields = [
    ('code', 'text', 'code'),
    ('name', 'text', 'name'),
    ('raw_state', 'text', 'state'),
    ('discount_type', 'text', 'discount.type'),
    ('percent', 'int', 'discount.percent', 'optional'),
    ('duration', 'text', 'duration'),
    ('created_at', 'iso_time', 'created_at'),
    ('redeem_by', 'iso_time', 'redeem_by'),
    ('expired_at', 'iso_time', 'expired_at'),
] -%}
{%- set keys = ['account', 'coupon_id', 'is_deleted', 'fetched_at', 'batch_id'] -%}
{{ config(unique_key=['account', 'coupon_id'], meta={'raw': 'coupons', 'fields': fields}) }}

with source as (
    {{ unstaged_rows(source('raw_recurly', 'coupons'), 'coupon_id') }}
),

picked as (
    {{ pick_fields('source', keys, 'data', fields) }}
),

renamed as (
    {{ type_fields('picked', keys, fields) }}
)

select * from renamed
