{%- set columns = [
    'account', 'invoice_id', 'line_id', 'tax_line_id', 'tax_minor', 'taxable_minor',
    'rate_percent', 'tax_name', 'jurisdiction_country', 'is_inclusive', 'taxability_reason',
    'currency'
] -%}

with unioned as (
    {{ union_gateways('tax_lines', 'tax_line_ref', 'tax_line_id', columns) }}
)

select
    unioned.gateway,
    unioned.tax_line_ref,
    unioned.account,
    unioned.invoice_id,
    unioned.line_id,
    unioned.tax_line_id,
    unioned.tax_minor,
    unioned.taxable_minor,
    cast(unioned.rate_percent as decimal(9, 4)) as rate_percent,
    unioned.tax_name,
    unioned.jurisdiction_country,
    unioned.is_inclusive,
    unioned.taxability_reason,
    unioned.currency,
    {{ object_ref('unioned.gateway', 'unioned.invoice_id', 'unioned.account') }} as invoice_ref,
    {{ object_ref('unioned.gateway', 'unioned.line_id', 'unioned.account') }} as invoice_line_ref
from unioned
