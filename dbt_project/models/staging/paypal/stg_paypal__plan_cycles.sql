{%- set fields = [
    ('tenure_type', 'text', 'tenure_type'),
    ('sequence', 'int', 'sequence'),
    ('interval_unit', 'text', 'frequency.interval_unit'),
    ('interval_count', 'int', 'frequency.interval_count', 'optional'),
    ('total_cycles', 'int', 'total_cycles', 'optional'),
    ('currency', 'currency', 'pricing_scheme.fixed_price.currency_code', 'optional'),
    ('price', 'major', 'pricing_scheme.fixed_price.value', 'optional'),
] -%}
{%- set keys = ['account', 'plan_id', 'position', 'is_deleted', 'fetched_at', 'batch_id'] -%}
{{ config(unique_key=['account', 'plan_id'], meta={'raw': 'plans', 'items': 'billing_cycles', 'fields': fields}) }}

with source as (
    {{ unstaged_rows(source('raw_paypal', 'plans'), 'plan_id') }}
),

items as (
    {{ json_items('source', ['account', 'plan_id', 'is_deleted', 'fetched_at', 'batch_id'], 'data', 'billing_cycles') }}
),

picked as (
    {{ pick_fields('items', keys, 'item', fields) }}
),

renamed as (
    {{ type_fields('picked', keys, fields) }}
)

{{ with_minor_units('renamed', keys, fields, 'paypal') }}
