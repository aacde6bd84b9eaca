{%- set fields = [
    ('line_id', 'int', 'id'),
    ('name', 'text', 'name'),
    ('quantity', 'int', 'quantity'),
    ('subtotal', 'major', 'subtotal'),
    ('subtotal_tax', 'major', 'subtotal_tax'),
    ('total', 'major', 'total'),
    ('tax', 'major', 'total_tax'),
] -%}
{%- set parent_keys = ['account', 'subscription_id', 'currency', 'is_deleted', 'fetched_at', 'batch_id'] -%}
{%- set keys = parent_keys + ['position'] -%}
{{ config(unique_key=['account', 'subscription_id'], meta={'raw': 'subscriptions', 'items': 'line_items', 'fields': fields}) }}

with source as (
    {{ unstaged_rows(source('raw_woocommerce', 'subscriptions'), 'subscription_id') }}
),

-- A line's currency is its order's.
with_currency as (
    select
        account,
        subscription_id,
        upper({{ json_picked(json_pick('data', ['currency']), 'currency', 1) }}) as currency,
        is_deleted,
        fetched_at,
        batch_id,
        data
    from source
),

items as (
    {{ json_items('with_currency', parent_keys, 'data', 'line_items') }}
),

picked as (
    {{ pick_fields('items', keys, 'item', fields) }}
),

renamed as (
    {{ type_fields('picked', keys, fields) }}
)

{{ with_minor_units('renamed', keys, fields, 'woocommerce') }}
