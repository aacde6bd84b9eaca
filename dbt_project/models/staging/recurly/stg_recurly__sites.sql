{%- set fields = [
    ('subdomain', 'text', 'subdomain'),
    ('mode', 'text', 'mode'),
    ('created_at', 'iso_time', 'created_at'),
] -%}
{%- set keys = ['account', 'site_id', 'is_deleted', 'fetched_at', 'batch_id'] -%}
{{ config(unique_key=['account', 'site_id'], meta={'raw': 'sites', 'fields': fields}) }}

with source as (
    {{ unstaged_rows(source('raw_recurly', 'sites'), 'site_id') }}
),

picked as (
    {{ pick_fields('source', keys, 'data', fields) }}
),

renamed as (
    {{ type_fields('picked', keys, fields) }}
)

select * from renamed
