select
    tax_line_ref,
    invoice_line_ref,
    invoice_ref,
    gateway,
    account,
    tax_minor,
    taxable_minor,
    rate_percent,
    tax_name,
    jurisdiction_country,
    is_inclusive,
    taxability_reason,
    currency
from {{ ref('int_tax_lines__unified') }}
