{%- set fields = [
    ('type', 'text', 'type'),
    ('object_id', 'text', 'data.object.id', 'optional'),
    ('api_version', 'text', 'api_version'),
    ('created_at', 'epoch', 'created'),
] -%}
{%- set keys = ['account', 'event_id', 'is_deleted', 'fetched_at', 'batch_id'] -%}
{{ config(unique_key=['account', 'event_id'], meta={'raw': 'events', 'fields': fields}) }}

with source as (
    {{ unstaged_rows(source('raw_stripe', 'events'), 'event_id') }}
),

picked as (
    {{ pick_fields('source', keys, 'data', fields) }}
),

renamed as (
    {{ type_fields('picked', keys, fields) }}
)

select * from renamed
