select
    invoice_line_ref,
    invoice_ref,
    gateway,
    account,
    line_id,
    position,
    description,
    quantity,
    amount_minor,
    tax_minor,
    net_minor,
    currency,
    period_start_at,
    period_end_at,
    is_proration,
    product_name
from {{ ref('int_invoice_lines__unified') }}
