{%- set fields = [
    ('raw_state', 'text', 'status'),
    ('outcome', 'text', 'dispute_outcome.outcome_code', 'optional'),
    ('reason', 'text', 'reason'),
    ('stage', 'text', 'dispute_life_cycle_stage', 'optional'),
    ('channel', 'text', 'dispute_channel', 'optional'),
    ('currency', 'currency', 'dispute_amount.currency_code'),
    ('amount', 'major', 'dispute_amount.value'),
    ('evidence_due_at', 'iso_time', 'seller_response_due_date', 'optional'),
    ('created_at', 'iso_time', 'create_time'),
    ('updated_at', 'iso_time', 'update_time'),
] -%}
{%- set keys = ['account', 'dispute_id', 'is_deleted', 'fetched_at', 'batch_id'] -%}
{{ config(unique_key=['account', 'dispute_id'], meta={'raw': 'disputes', 'fields': fields}) }}

with source as (
    {{ unstaged_rows(source('raw_paypal', 'disputes'), 'dispute_id') }}
),

picked as (
    {{ pick_fields('source', keys, 'data', fields) }}
),

renamed as (
    {{ type_fields('picked', keys, fields) }}
)

{{ with_minor_units('renamed', keys, fields, 'paypal') }}
