{%- set fields = [
    ('uuid', 'text', 'uuid'),
    ('type', 'text', 'type'),
    ('origin', 'text', 'origin'),
    ('raw_status', 'text', 'status'),
    ('customer_id', 'text', 'account.id'),
    ('invoice_id', 'text', 'invoice.id'),
    ('original_transaction_id', 'text', 'original_transaction_id'),
    ('currency', 'currency', 'currency'),
    ('amount', 'major', 'amount'),
    ('description', 'text', 'description'),
    ('method_object', 'text', 'payment_method.object'),
    ('card_type', 'text', 'payment_method.card_type', 'optional'),
    ('last_four', 'text', 'payment_method.last_four', 'optional'),
    ('status_code', 'text', 'status_code'),
    ('status_message', 'text', 'status_message'),
    ('created_at', 'iso_time', 'created_at'),
    ('updated_at', 'iso_time', 'updated_at'),
    ('collected_at', 'iso_time', 'collected_at'),
] -%}
{%- set keys = ['account', 'transaction_id', 'is_deleted', 'fetched_at', 'batch_id'] -%}
{{ config(unique_key=['account', 'transaction_id'], meta={'raw': 'transactions', 'fields': fields}) }}

with source as (
    {{ unstaged_rows(source('raw_recurly', 'transactions'), 'transaction_id') }}
),

picked as (
    {{ pick_fields('source', keys, 'data', fields) }}
),

renamed as (
    {{ type_fields('picked', keys, fields) }}
)

{{ with_minor_units('renamed', keys, fields, 'recurly') }}
