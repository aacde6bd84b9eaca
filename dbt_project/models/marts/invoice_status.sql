select
    invoices.invoice_ref,
    invoices.gateway,
    invoices.account,
    invoices.invoice_id,
    invoices.customer_ref,
    invoices.subscription_ref,
    invoices.number,
    invoices.status,
    case
        when due.days_overdue is null then null
        when due.days_overdue = 0 then 'not due'
        when due.days_overdue <= 30 then '1-30'
        when due.days_overdue <= 60 then '31-60'
        when due.days_overdue <= 90 then '61-90'
        else '>90'
    end as ageing,
    cast(due.days_overdue as bigint) as days_overdue,
    invoices.currency,
    invoices.total_minor,
    invoices.tax_minor,
    invoices.paid_minor,
    invoices.due_minor,
    coalesce(invoices.issued_at, invoices.created_at) as issued_at,
    due.due_at,
    invoices.paid_at,
    invoices.dashboard_url
from {{ ref('int_invoices__unified') }} as invoices
inner join {{ ref('int_invoices__due') }} as due on invoices.invoice_ref = due.invoice_ref
where invoices.status <> 'draft'
