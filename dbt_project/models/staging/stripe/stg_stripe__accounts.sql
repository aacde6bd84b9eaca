{%- set fields = [
    ('country', 'text', 'country'),
    ('currency', 'currency', 'default_currency'),
    ('business_name', 'text', 'business_profile.name', 'optional'),
    ('created_at', 'epoch', 'created', 'optional'),
] -%}
{%- set keys = ['account', 'account_id', 'is_deleted', 'fetched_at', 'batch_id'] -%}
{{ config(unique_key=['account', 'account_id'], meta={'raw': 'accounts', 'fields': fields}) }}

with source as (
    {{ unstaged_rows(source('raw_stripe', 'accounts'), 'account_id') }}
),

picked as (
    {{ pick_fields('source', keys, 'data', fields) }}
),

renamed as (
    {{ type_fields('picked', keys, fields) }}
)

select * from renamed
