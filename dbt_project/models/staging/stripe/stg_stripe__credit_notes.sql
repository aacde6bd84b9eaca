{%- set fields = [
    ('invoice_id', 'text', 'invoice'),
    ('customer_id', 'text', 'customer'),
    ('number', 'text', 'number'),
    ('raw_status', 'text', 'status'),
    ('currency', 'currency', 'currency'),
    ('total', 'money', 'total'),
    ('reason', 'text', 'reason'),
    ('is_live', 'bool', 'livemode'),
    ('created_at', 'epoch', 'created'),
] -%}
{%- set keys = ['account', 'credit_note_id', 'is_deleted', 'fetched_at', 'batch_id'] -%}
{{ config(unique_key=['account', 'credit_note_id'], meta={'raw': 'credit_notes', 'fields': fields}) }}

with source as (
    {{ unstaged_rows(source('raw_stripe', 'credit_notes'), 'credit_note_id') }}
),

picked as (
    {{ pick_fields('source', keys, 'data', fields) }}
),

renamed as (
    {{ type_fields('picked', keys, fields) }}
)

{{ with_minor_units('renamed', keys, fields, 'stripe') }}
