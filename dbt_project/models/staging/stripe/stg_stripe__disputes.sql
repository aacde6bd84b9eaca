{%- set fields = [
    ('charge_id', 'text', 'charge'),
    ('raw_status', 'text', 'status'),
    ('reason', 'text', 'reason'),
    ('currency', 'currency', 'currency'),
    ('amount', 'money', 'amount'),
    ('is_charge_refundable', 'bool', 'is_charge_refundable'),
    ('evidence_due_at', 'epoch', 'evidence_details.due_by'),
    ('is_live', 'bool', 'livemode'),
    ('created_at', 'epoch', 'created'),
] -%}
{%- set keys = ['account', 'dispute_id', 'is_deleted', 'fetched_at', 'batch_id'] -%}
{{ config(unique_key=['account', 'dispute_id'], meta={'raw': 'disputes', 'fields': fields}) }}

with source as (
    {{ unstaged_rows(source('raw_stripe', 'disputes'), 'dispute_id') }}
),

picked as (
    {{ pick_fields('source', keys, 'data', fields) }}
),

renamed as (
    {{ type_fields('picked', keys, fields) }}
)

{{ with_minor_units('renamed', keys, fields, 'stripe') }}
