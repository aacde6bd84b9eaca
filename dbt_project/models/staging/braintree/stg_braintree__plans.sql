{%- set fields = [
    ('merchant_id', 'text', 'merchant-id'),
    ('name', 'text', 'name'),
    ('currency', 'currency', 'currency-iso-code'),
    ('price', 'major', 'price'),
    ('billing_months', 'int', 'billing-frequency'),
    ('created_at', 'iso_time', 'created-at'),
] -%}
{%- set keys = ['account', 'plan_id', 'is_deleted', 'fetched_at', 'batch_id'] -%}
{{ config(unique_key=['account', 'plan_id'], meta={'raw': 'plans', 'fields': fields}) }}

with source as (
    {{ unstaged_rows(source('raw_braintree', 'plans'), 'plan_id') }}
),

picked as (
    {{ pick_fields('source', keys, 'data', fields) }}
),

renamed as (
    {{ type_fields('picked', keys, fields) }}
)

{{ with_minor_units('renamed', keys, fields, 'braintree') }}
