{%- set fields = [
    ('tax', 'money', 'amount'),
    ('taxable', 'money', 'taxable_amount'),
    ('tax_rate_id', 'text', ['tax_rate_details.tax_rate', 'tax_rate']),
    ('tax_behavior', 'text', 'tax_behavior', 'optional'),
    ('legacy_is_inclusive', 'bool', 'inclusive', 'optional'),
    ('taxability_reason', 'text', 'taxability_reason'),
] -%}
{%- set line_keys = [
    'account', 'invoice_id', 'line_position', 'line_id', 'currency', 'is_deleted', 'fetched_at', 'batch_id'
] -%}
{%- set keys = line_keys + ['position'] -%}
{{ config(unique_key=['account', 'invoice_id'], meta={'raw': 'invoices', 'items': 'lines.data[*].taxes', 'fields': fields}) }}

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
        taxes
    from {{ ref('stg_stripe__invoice_lines') }} as lines
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
    {{ json_items('source', line_keys, 'taxes', none) }}
),

picked as (
    {{ pick_fields('items', keys, 'item', fields) }}
),

renamed as (
    {{ type_fields('picked', keys, fields) }}
)

{{ with_minor_units('renamed', keys, fields, 'stripe') }}
