{%- set fields = [
    ('kind', 'text', 'kind'),
    ('merchant_account_id', 'text', 'merchant-account-id'),
    ('card_type', 'text', 'card-type'),
    ('amount_sent', 'text', 'amount-settled'),
] -%}
{%- set parent_keys = ['account', 'settlement_day', 'is_deleted', 'fetched_at', 'batch_id'] -%}
{%- set keys = parent_keys + ['position'] -%}
{{ config(unique_key=['account', 'settlement_day'], meta={'raw': 'settlement_batch_summaries', 'items': 'records', 'fields': fields}) }}

with source as (
    {{ unstaged_rows(source('raw_braintree', 'settlement_batch_summaries'), 'settlement_day') }}
),

items as (
    {{ json_items('source', parent_keys, 'data', 'records') }}
),

picked as (
    {{ pick_fields('items', keys, 'item', fields) }}
),

renamed as (
    {{ type_fields('picked', keys, fields) }}
)

select * from renamed
