{%- set fields = [
    ('raw_status', 'text', 'status'),
    ('payer_id', 'text', 'payer.payer_id', 'optional'),
    ('email', 'text', 'payer.email_address', 'optional'),
    ('given_name', 'text', 'payer.name.given_name', 'optional'),
    ('surname', 'text', 'payer.name.surname', 'optional'),
    ('country', 'text', 'payer.address.country_code', 'optional'),
    ('card_brand', 'text', 'payment_source.card.brand', 'optional'),
    ('card_last4', 'text', 'payment_source.card.last_digits', 'optional'),
    ('created_at', 'iso_time', 'create_time'),
] -%}
{%- set keys = ['account', 'order_id', 'is_deleted', 'fetched_at', 'batch_id'] -%}
{{ config(unique_key=['account', 'order_id'], meta={'raw': 'orders', 'fields': fields}) }}

with source as (
    {{ unstaged_rows(source('raw_paypal', 'orders'), 'order_id') }}
),

picked as (
    {{ pick_fields('source', keys, 'data', fields) }}
),

renamed as (
    {{ type_fields('picked', keys, fields) }}
)

select * from renamed
