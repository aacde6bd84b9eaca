{%- set fields = [
    ('name', 'text', 'name'),
    ('amount_sent', 'text', 'amount'),
    ('created_at', 'iso_time', 'created-at', 'optional'),
] -%}
{%- set keys = ['account', 'add_on_id', 'is_deleted', 'fetched_at', 'batch_id'] -%}
{{ config(unique_key=['account', 'add_on_id'], meta={'raw': 'add_ons', 'fields': fields}) }}

with source as (
    {{ unstaged_rows(source('raw_braintree', 'add_ons'), 'add_on_id') }}
),

picked as (
    {{ pick_fields('source', keys, 'data', fields) }}
),

renamed as (
    {{ type_fields('picked', keys, fields) }}
)

select * from renamed
