{%- set fields = [
    ('raw_status', 'text', 'status'),
    ('currency', 'currency', 'amount.currency_code'),
    ('amount', 'major', 'amount.value'),
    ('order_id', 'text', 'supplementary_data.related_ids.order_id', 'optional'),
    ('expires_at', 'iso_time', 'expiration_time', 'optional'),
    ('created_at', 'iso_time', 'create_time'),
    ('updated_at', 'iso_time', 'update_time'),
] -%}
{%- set keys = ['account', 'authorization_id', 'is_deleted', 'fetched_at', 'batch_id'] -%}
{{ config(unique_key=['account', 'authorization_id'], meta={'raw': 'authorizations', 'fields': fields}) }}

with source as (
    {{ unstaged_rows(source('raw_paypal', 'authorizations'), 'authorization_id') }}
),

picked as (
    {{ pick_fields('source', keys, 'data', fields) }}
),

renamed as (
    {{ type_fields('picked', keys, fields) }}
)

{{ with_minor_units('renamed', keys, fields, 'paypal') }}
