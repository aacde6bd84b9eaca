{%- set fields = [
    ('name', 'text', 'name'),
    ('amount_sent', 'text', 'amount'),
    ('created_at', 'iso_time', 'created-at', 'optional'),
] -%}
{%- set keys = ['account', 'discount_id', 'is_deleted', 'fetched_at', 'batch_id'] -%}
{{ config(unique_key=['account', 'discount_id'], meta={'raw': 'discounts', 'fields': fields}) }}

with source as (
    {{ unstaged_rows(source('raw_braintree', 'discounts'), 'discount_id') }}
),

picked as (
    {{ pick_fields('source', keys, 'data', fields) }}
),

renamed as (
    {{ type_fields('picked', keys, fields) }}
)

select * from renamed
