{%- set fields = [
    ('parent_id', 'int', 'parent_id'),
    ('customer_id', 'int', 'customer_id'),
    ('raw_status', 'text', 'status'),
    ('currency', 'currency', 'currency'),
    ('includes_tax', 'bool', 'prices_include_tax'),
    ('total', 'major', 'total'),
    ('tax', 'major', 'total_tax'),
    ('billing_period', 'text', 'billing_period'),
    ('billing_interval', 'text', 'billing_interval'),
    ('started_at', 'iso_time', 'start_date_gmt'),
    ('trial_end_at', 'iso_time', 'trial_end_date_gmt'),
    ('next_payment_at', 'iso_time', 'next_payment_date_gmt'),
    ('last_payment_at', 'iso_time', 'last_payment_date_gmt'),
    ('canceled_at', 'iso_time', 'cancelled_date_gmt'),
    ('end_at', 'iso_time', 'end_date_gmt'),
    ('modified_at', 'iso_time', 'date_modified_gmt'),
    ('created_at', 'iso_time', 'date_created_gmt'),
] -%}
{%- set keys = ['account', 'subscription_id', 'is_deleted', 'fetched_at', 'batch_id'] -%}
{{ config(unique_key=['account', 'subscription_id'], meta={'raw': 'subscriptions', 'fields': fields}) }}

with source as (
    {{ unstaged_rows(source('raw_woocommerce', 'subscriptions'), 'subscription_id') }}
),

picked as (
    {{ pick_fields('source', keys, 'data', fields) }}
),

renamed as (
    {{ type_fields('picked', keys, fields) }}
)

{{ with_minor_units('renamed', keys, fields, 'woocommerce') }}
