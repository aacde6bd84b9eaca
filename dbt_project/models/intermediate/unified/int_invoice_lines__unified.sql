{%- set columns = [
    'account', 'invoice_id', 'line_id', 'position', 'description', 'quantity', 'amount_minor',
    'tax_minor', 'net_minor', 'currency', 'period_start_at', 'period_end_at', 'is_proration',
    'product_name', 'plan_name'
] -%}

with unioned as (
    {{ union_gateways('invoice_lines', 'invoice_line_ref', 'line_id', columns) }}
)

select
    unioned.gateway,
    unioned.invoice_line_ref,
    unioned.account,
    unioned.invoice_id,
    unioned.line_id,
    unioned.position,
    unioned.description,
    unioned.quantity,
    unioned.amount_minor,
    unioned.tax_minor,
    unioned.net_minor,
    unioned.currency,
    unioned.period_start_at,
    unioned.period_end_at,
    unioned.is_proration,
    unioned.product_name,
    unioned.plan_name,
    {{ object_ref('unioned.gateway', 'unioned.invoice_id', 'unioned.account') }} as invoice_ref
from unioned
