{%- set fields = [
    ('type', 'text', 'event_type'),
    ('resource_type', 'text', 'resource_type'),
    ('object_id', 'text', 'resource.id', 'optional'),
    ('subscription_id', 'text', 'resource.billing_agreement_id', 'optional'),
    ('created_at', 'iso_time', 'create_time'),
] -%}
{%- set keys = ['account', 'event_id', 'is_deleted', 'fetched_at', 'batch_id'] -%}
{{ config(unique_key=['account', 'event_id'], meta={'raw': 'events', 'fields': fields}) }}

with source as (
    {{ unstaged_rows(source('raw_paypal', 'events'), 'event_id') }}
),

picked as (
    {{ pick_fields('source', keys, 'data', fields) }}
),

renamed as (
    {{ type_fields('picked', keys, fields) }}
)

select * from renamed
