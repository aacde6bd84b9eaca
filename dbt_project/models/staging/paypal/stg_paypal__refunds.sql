{%- set fields = [
    ('raw_status', 'text', 'status'),
    ('failure_reason', 'text', 'status_details.reason', 'optional'),
    ('currency', 'currency', 'amount.currency_code'),
    ('amount', 'major', 'amount.value'),
    ('fee', 'major', 'seller_payable_breakdown.paypal_fee.value', 'optional'),
    ('net', 'major', 'seller_payable_breakdown.net_amount.value', 'optional'),
    ('note', 'text', 'note_to_payer', 'optional'),
    ('action_id', 'text', 'custom_id', 'optional'),
    ('created_at', 'iso_time', 'create_time'),
    ('updated_at', 'iso_time', 'update_time'),
] -%}
{%- set keys = ['account', 'refund_id', 'is_deleted', 'fetched_at', 'batch_id'] -%}
{{ config(unique_key=['account', 'refund_id'], meta={'raw': 'refunds', 'fields': fields}) }}

with source as (
    {{ unstaged_rows(source('raw_paypal', 'refunds'), 'refund_id') }}
),

picked as (
    {{ pick_fields('source', keys, 'data', fields) }}
),

renamed as (
    {{ type_fields('picked', keys, fields) }}
)

{{ with_minor_units('renamed', keys, fields, 'paypal') }}
