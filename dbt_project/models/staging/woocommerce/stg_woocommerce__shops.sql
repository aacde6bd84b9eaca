{%- set fields = [
    ('name', 'text', 'name'),
    ('url', 'text', 'home'),
    ('time_zone', 'text', 'timezone_string'),
    ('currency', 'currency', 'currency.code'),
] -%}
{%- set keys = ['account', 'shop_id', 'is_deleted', 'fetched_at', 'batch_id'] -%}
{{ config(unique_key=['account', 'shop_id'], meta={'raw': 'shops', 'fields': fields}) }}

with source as (
    {{ unstaged_rows(source('raw_woocommerce', 'shops'), 'shop_id') }}
),

picked as (
    {{ pick_fields('source', keys, 'data', fields) }}
),

renamed as (
    {{ type_fields('picked', keys, fields) }}
)

select * from renamed
