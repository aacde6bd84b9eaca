{%- set fields = [
    ('type', 'text', 'type'),
    ('region', 'text', 'region'),
    ('name', 'text', 'name', 'optional'),
    ('rate', 'decimal', 'rate'),
    ('tax', 'major', 'tax'),
] -%}
{%- set line_keys = [
    'account', 'invoice_id', 'line_position', 'line_id', 'currency', 'is_deleted', 'fetched_at', 'batch_id'
] -%}
{%- set keys = line_keys + ['position'] -%}
{{ config(unique_key=['account', 'invoice_id'], meta={'raw': 'invoices', 'items': 'line_items[*].tax_info.tax_details', 'fields': fields}) }}

with source as (
    select
        account,
        invoice_id,
        position as line_position,
        line_id,
        currency,
        is_deleted,
        fetched_at,
        batch_id,
        tax_details
    from {{ ref('stg_recurly__invoice_lines') }} as lines
    {% if is_incremental() -%}
        where not exists (
            select 1
            from {{ this }} as staged
            where
                staged.account = lines.account
                and staged.invoice_id = lines.invoice_id
                and staged.batch_id = lines.batch_id
        )
    {%- endif %}
),

items as (
    {{ json_items('source', line_keys, 'tax_details', none) }}
),

picked as (
    {{ pick_fields('items', keys, 'item', fields) }}
),

renamed as (
    {{ type_fields('picked', keys, fields) }}
)

{{ with_minor_units('renamed', keys, fields, 'recurly') }}
