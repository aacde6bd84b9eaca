{%- set fields = [
    ('code', 'text', 'code'),
    ('name', 'text', 'name'),
    ('raw_state', 'text', 'state'),
    ('interval_unit', 'text', 'interval_unit'),
    ('interval_length', 'int', 'interval_length'),
    ('created_at', 'iso_time', 'created_at'),
    ('deleted_at', 'iso_time', 'deleted_at'),
] -%}
{%- set keys = ['account', 'plan_id', 'is_deleted', 'fetched_at', 'batch_id'] -%}
{{ config(unique_key=['account', 'plan_id'], meta={'raw': 'plans', 'fields': fields}) }}

with source as (
    {{ unstaged_rows(source('raw_recurly', 'plans'), 'plan_id') }}
),

picked as (
    {{ pick_fields('source', keys, 'data', fields) }}
),

renamed as (
    {{ type_fields('picked', keys, fields) }}
)

select * from renamed
