{%- set fields = [
    ('currency', 'currency', 'currency-iso-code'),
    ('is_default', 'bool', 'default'),
    ('state', 'text', 'status'),
] -%}
{%- set keys = ['account', 'merchant_account_id', 'is_deleted', 'fetched_at', 'batch_id'] -%}
{{ config(unique_key=['account', 'merchant_account_id'], meta={'raw': 'merchant_accounts', 'fields': fields}) }}

with source as (
    {{ unstaged_rows(source('raw_braintree', 'merchant_accounts'), 'merchant_account_id') }}
),

picked as (
    {{ pick_fields('source', keys, 'data', fields) }}
),

renamed as (
    {{ type_fields('picked', keys, fields) }}
)

select * from renamed
