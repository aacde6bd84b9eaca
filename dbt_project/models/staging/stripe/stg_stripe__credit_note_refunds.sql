{%- set fields = [
    ('refund_id', 'text', 'refund'),
] -%}
{%- set keys = ['account', 'credit_note_id', 'position', 'is_deleted', 'fetched_at', 'batch_id'] -%}
{{ config(unique_key=['account', 'credit_note_id'], meta={'raw': 'credit_notes', 'items': 'refunds', 'fields': fields}) }}

with source as (
    {{ unstaged_rows(source('raw_stripe', 'credit_notes'), 'credit_note_id') }}
),

items as (
    {{ json_items('source', ['account', 'credit_note_id', 'is_deleted', 'fetched_at', 'batch_id'], 'data', 'refunds') }}
),

picked as (
    {{ pick_fields('items', keys, 'item', fields) }}
),

renamed as (
    {{ type_fields('picked', keys, fields) }}
)

select * from renamed
