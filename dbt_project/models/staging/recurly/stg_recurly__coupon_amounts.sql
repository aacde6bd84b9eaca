{%- set fields = [
    ('currency', 'currency', 'currency'),
    ('off', 'major', 'amount'),
] -%}
{%- set keys = ['account', 'coupon_id', 'position', 'is_deleted', 'fetched_at', 'batch_id'] -%}
{{ config(unique_key=['account', 'coupon_id'], meta={'raw': 'coupons', 'items': 'discount.currencies', 'fields': fields}) }}

with source as (
    {{ unstaged_rows(source('raw_recurly', 'coupons'), 'coupon_id') }}
),

items as (
    {{ json_items('source', ['account', 'coupon_id', 'is_deleted', 'fetched_at', 'batch_id'], 'data', 'discount.currencies') }}
),

picked as (
    {{ pick_fields('items', keys, 'item', fields) }}
),

renamed as (
    {{ type_fields('picked', keys, fields) }}
)

{{ with_minor_units('renamed', keys, fields, 'recurly') }}
