{%- set fields = [
    ('currency', 'currency', 'currency'),
    ('unit', 'major', 'unit_amount'),
] -%}
{%- set keys = ['account', 'plan_id', 'position', 'is_deleted', 'fetched_at', 'batch_id'] -%}
{{ config(unique_key=['account', 'plan_id'], meta={'raw': 'plans', 'items': 'currencies', 'fields': fields}) }}

with source as (
    {{ unstaged_rows(source('raw_recurly', 'plans'), 'plan_id') }}
),

items as (
    {{ json_items('source', ['account', 'plan_id', 'is_deleted', 'fetched_at', 'batch_id'], 'data', 'currencies') }}
),

picked as (
    {{ pick_fields('items', keys, 'item', fields) }}
),

renamed as (
    {{ type_fields('picked', keys, fields) }}
)

{{ with_minor_units('renamed', keys, fields, 'recurly') }}
