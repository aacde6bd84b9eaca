{%- set fields = [
    ('rel', 'text', 'rel', 'optional'),
    ('href', 'text', 'href'),
] -%}
{%- set keys = ['account', 'refund_id', 'position', 'is_deleted', 'fetched_at', 'batch_id'] -%}
{{ config(unique_key=['account', 'refund_id'], meta={'raw': 'refunds', 'items': 'links', 'fields': fields}) }}

with source as (
    {{ unstaged_rows(source('raw_paypal', 'refunds'), 'refund_id') }}
),

items as (
    {{ json_items('source', ['account', 'refund_id', 'is_deleted', 'fetched_at', 'batch_id'], 'data', 'links') }}
),

picked as (
    {{ pick_fields('items', keys, 'item', fields) }}
),

renamed as (
    {{ type_fields('picked', keys, fields) }}
)

select * from renamed
