{%- set fields = [
    ('raw_status', 'text', 'status'),
    ('reason', 'text', 'status_details.reason', 'optional'),
    ('currency', 'currency', 'amount.currency_code'),
    ('amount', 'major', 'amount.value'),
    ('fee', 'major', 'seller_receivable_breakdown.paypal_fee.value', 'optional'),
    ('net', 'major', 'seller_receivable_breakdown.net_amount.value', 'optional'),
    ('order_id', 'text', 'supplementary_data.related_ids.order_id', 'optional'),
    ('authorization_id', 'text', 'supplementary_data.related_ids.authorization_id', 'optional'),
    ('invoice_number', 'text', 'invoice_id', 'optional'),
    ('custom_id', 'text', 'custom_id', 'optional'),
    ('created_at', 'iso_time', 'create_time'),
    ('updated_at', 'iso_time', 'update_time'),
] -%}
{%- set keys = ['account', 'capture_id', 'is_deleted', 'fetched_at', 'batch_id'] -%}
{{ config(unique_key=['account', 'capture_id'], meta={'raw': 'captures', 'fields': fields}) }}

with source as (
    {{ unstaged_rows(source('raw_paypal', 'captures'), 'capture_id') }}
),

picked as (
    {{ pick_fields('source', keys, 'data', fields) }}
),

renamed as (
    {{ type_fields('picked', keys, fields) }}
)

{{ with_minor_units('renamed', keys, fields, 'paypal') }}
