{%- set fields = [
    ('records', 'json', 'records'),
] -%}
{%- set keys = ['account', 'settlement_day', 'is_deleted', 'fetched_at', 'batch_id'] -%}
{{ config(unique_key=['account', 'settlement_day'], meta={'raw': 'settlement_batch_summaries', 'fields': fields}) }}

with source as (
    {{ unstaged_rows(source('raw_braintree', 'settlement_batch_summaries'), 'settlement_day') }}
),

picked as (
    {{ pick_fields('source', keys, 'data', fields) }}
),

renamed as (
    {{ type_fields('picked', keys, fields) }}
)

select * from renamed
