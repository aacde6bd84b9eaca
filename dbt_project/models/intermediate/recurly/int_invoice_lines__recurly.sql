select
    lines.account,
    lines.invoice_id,
    lines.line_id,
    lines.position,
    lines.description,
    lines.quantity,
    lines.subtotal_minor as amount_minor,
    lines.tax_minor,
    -- Recurly's amount is what is to be paid for the line: discounts off, tax in.
    lines.amount_minor - lines.tax_minor as net_minor,
    lines.currency,
    lines.period_start_at,
    lines.period_end_at,
    lines.proration_rate is not null as is_proration,
    plans.name as product_name,
    plans.name as plan_name
from {{ ref('stg_recurly__invoice_lines') }} as lines
inner join {{ ref('stg_recurly__invoices') }} as invoices
    on lines.account = invoices.account and lines.invoice_id = invoices.invoice_id
left join {{ ref('stg_recurly__plans') }} as plans on lines.account = plans.account and lines.plan_id = plans.plan_id
where lines.line_id is not null and invoices.type <> 'credit' and not lines.is_deleted
