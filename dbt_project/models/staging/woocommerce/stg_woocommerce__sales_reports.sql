{%- set fields = [
    ('sales', 'major', 'sales', 'optional'),
    ('total_refunds', 'major', 'total_refunds', 'optional'),
] -%}
{%- set keys = ['account', 'day', 'is_deleted', 'fetched_at', 'batch_id'] -%}
{{ config(unique_key=['account', 'day'], meta={'raw': 'sales_reports', 'fields': fields}) }}

with source as (
    {{ unstaged_rows(source('raw_woocommerce', 'sales_reports'), 'day') }}
),

picked as (
    {{ pick_fields('source', keys, 'data', fields) }}
),

renamed as (
    {{ type_fields('picked', keys, fields) }}
)

select * from renamed
