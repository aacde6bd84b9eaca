{%- set fields = [
    ('transaction_id', 'text', 'transaction.id'),
    ('raw_status', 'text', 'status'),
    ('kind', 'text', 'kind'),
    ('reason', 'text', 'reason'),
    ('currency', 'currency', 'currency-iso-code'),
    ('amount', 'major', 'amount-disputed'),
    ('evidence_due_at', 'iso_time', 'reply-by-date'),
    ('won_at', 'iso_time', 'date-won', 'optional'),
    ('created_at', 'iso_time', 'created-at'),
] -%}
{%- set keys = ['account', 'dispute_id', 'is_deleted', 'fetched_at', 'batch_id'] -%}
{{ config(unique_key=['account', 'dispute_id'], meta={'raw': 'disputes', 'fields': fields}) }}

with source as (
    {{ unstaged_rows(source('raw_braintree', 'disputes'), 'dispute_id') }}
),

picked as (
    {{ pick_fields('source', keys, 'data', fields) }}
),

renamed as (
    {{ type_fields('picked', keys, fields) }}
)

{{ with_minor_units('renamed', keys, fields, 'braintree') }}
