{%- set fields = [
    ('tax_rate_id', 'int', 'id'),
    ('tax', 'major', 'total'),
] -%}
{%- set line_keys = [
    'account', 'order_id', 'line_kind', 'line_position', 'line_id', 'currency', 'is_deleted', 'fetched_at', 'batch_id'
] -%}
{%- set keys = line_keys + ['position'] -%}
{{ config(unique_key=['account', 'order_id'], meta={'raw': 'orders', 'items': 'line_items[*].taxes', 'fields': fields}) }}

with lines as (
    {%- for model in ['order_items', 'order_shipping', 'order_fees'] %}
        select
            account,
            order_id,
            '{{ model }}' as line_kind,
            position as line_position,
            line_id,
            currency,
            is_deleted,
            fetched_at,
            batch_id,
            taxes
        from {{ ref('stg_woocommerce__' ~ model) }} {{ 'union all' if not loop.last }}
    {%- endfor %}
),

source as (
    select *
    from lines
    {% if is_incremental() -%}
        where not exists (
            select 1
            from {{ this }} as staged
            where
                staged.account = lines.account
                and staged.order_id = lines.order_id
                and staged.batch_id = lines.batch_id
        )
    {%- endif %}
),

items as (
    {{ json_items('source', line_keys, 'taxes', none) }}
),

picked as (
    {{ pick_fields('items', keys, 'item', fields) }}
),

renamed as (
    {{ type_fields('picked', keys, fields) }}
)

{{ with_minor_units('renamed', keys, fields, 'woocommerce') }}
