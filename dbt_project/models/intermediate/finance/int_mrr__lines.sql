-- What each regular line of a subscription's invoices is worth in a month: the price agreed, before coupons and
-- without tax. Prorations are kept as marks of a change of plan, without a worth.
with rates as (
    select
        invoice_line_ref,
        sum(rate_percent) as rate_percent
    from {{ ref('int_tax_lines__unified') }}
    where is_inclusive and coalesce(taxability_reason, '') <> 'reverse_charge'
    group by invoice_line_ref
),

lines as (
    select
        invoices.subscription_ref,
        lines.is_proration,
        lines.period_start_at,
        lines.period_end_at,
        lines.amount_minor,
        coalesce(rates.rate_percent, 0) as inside_percent,
        {{ dbt.datediff('lines.period_start_at', 'lines.period_end_at', 'day') }} as days
    from {{ ref('int_invoice_lines__unified') }} as lines
    inner join {{ ref('int_invoices__unified') }} as invoices on lines.invoice_ref = invoices.invoice_ref
    left join rates on lines.invoice_line_ref = rates.invoice_line_ref
    where
        invoices.subscription_ref is not null
        and invoices.status <> 'void'
        and lines.period_end_at > lines.period_start_at
        and (lines.is_proration or lines.amount_minor > 0)
)

select
    subscription_ref,
    is_proration,
    period_start_at,
    period_end_at,
    inside_percent,
    case
        when is_proration then 0
        else {{ monthly_worth(without_tax('amount_minor', 'inside_percent'), 'days') }}
    end as monthly_minor
from lines
