{%- set fields = [
    ('line_id', 'int', 'id'),
    ('name', 'text', 'method_title'),
    ('total', 'major', 'total'),
    ('tax', 'major', 'total_tax'),
    ('taxes', 'json', 'taxes'),
] -%}
{%- set parent_keys = ['account', 'order_id', 'currency', 'is_deleted', 'fetched_at', 'batch_id'] -%}
{%- set keys = parent_keys + ['position'] -%}
{{ config(unique_key=['account', 'order_id'], meta={'raw': 'orders', 'items': 'shipping_lines', 'fields': fields}) }}

with source as (
    {{ unstaged_rows(source('raw_woocommerce', 'orders'), 'order_id') }}
),

-- A line's currency is its order's.
with_currency as (
    select
        account,
        order_id,
        upper({{ json_picked(json_pick('data', ['currency']), 'currency', 1) }}) as currency,
        is_deleted,
        fetched_at,
        batch_id,
        data
    from source
),

items as (
    {{ json_items('with_currency', parent_keys, 'data', 'shipping_lines') }}
),

picked as (
    {{ pick_fields('items', keys, 'item', fields) }}
),

renamed as (
    {{ type_fields('picked', keys, fields) }}
)

{{ with_minor_units('renamed', keys, fields, 'woocommerce') }}
