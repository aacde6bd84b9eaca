{%- set fields = [
    ('subscription_item_id', 'text', 'id'),
    ('price_id', 'text', 'price.id'),
    ('product_id', 'text', 'price.product'),
    ('nickname', 'text', 'price.nickname'),
    ('interval_unit', 'text', 'price.recurring.interval'),
    ('interval_count', 'int', 'price.recurring.interval_count'),
    ('quantity', 'int', 'quantity', 'optional'),
    ('currency', 'currency', 'price.currency'),
    ('unit', 'money', 'price.unit_amount'),
    ('period_start_at', 'epoch', 'current_period_start', 'optional'),
    ('period_end_at', 'epoch', 'current_period_end', 'optional'),
] -%}
{%- set keys = ['account', 'subscription_id', 'position', 'is_deleted', 'fetched_at', 'batch_id'] -%}
{{ config(unique_key=['account', 'subscription_id'], meta={'raw': 'subscriptions', 'items': 'items.data', 'fields': fields}) }}

with source as (
    {{ unstaged_rows(source('raw_stripe', 'subscriptions'), 'subscription_id') }}
),

items as (
    {{ json_items('source', ['account', 'subscription_id', 'is_deleted', 'fetched_at', 'batch_id'], 'data', 'items.data') }}
),

picked as (
    {{ pick_fields('items', keys, 'item', fields) }}
),

renamed as (
    {{ type_fields('picked', keys, fields) }}
)

{{ with_minor_units('renamed', keys, fields, 'stripe') }}
