{%- set fields = [
    ('name', 'text', 'name'),
    ('currency', 'currency', 'currency'),
    ('off', 'money', 'amount_off'),
    ('percent_off', 'decimal', 'percent_off'),
    ('duration', 'text', 'duration'),
    ('is_valid', 'bool', 'valid'),
    ('redemptions', 'int', 'times_redeemed', 'optional'),
    ('expires_at', 'epoch', 'redeem_by', 'optional'),
    ('created_at', 'epoch', 'created'),
] -%}
{%- set keys = ['account', 'coupon_id', 'is_deleted', 'fetched_at', 'batch_id'] -%}
{{ config(unique_key=['account', 'coupon_id'], meta={'raw': 'coupons', 'fields': fields}) }}

with source as (
    {{ unstaged_rows(source('raw_stripe', 'coupons'), 'coupon_id') }}
),

picked as (
    {{ pick_fields('source', keys, 'data', fields) }}
),

renamed as (
    {{ type_fields('picked', keys, fields) }}
)

{{ with_minor_units('renamed', keys, fields, 'stripe') }}
