-- Why each charge was made, in a sentence that an agent can read out.
with lines as (
    select
        invoice_ref,
        plan_name,
        coalesce(plan_name, product_name, description) as what,
        period_start_at,
        period_end_at,
        row_number() over (
            partition by invoice_ref
            order by
                case when plan_name is null then 1 else 0 end,
                case when is_proration then 1 else 0 end,
                amount_minor desc nulls last,
                position asc
        ) as rank
    from {{ ref('int_invoice_lines__unified') }}
)

select
    charges.charge_ref,
    case
        when invoices.occasion = 'manual'
            then
                coalesce('Invoice ' || invoices.number, 'Invoice without a number')
                || coalesce(': ' || lines.what, '')
        when invoices.occasion is not null
            then
                case invoices.occasion
                    when 'start' then 'First payment for '
                    when 'renewal' then 'Renewal of '
                    when 'change' then 'Change to '
                    else 'Usage of '
                end
                || coalesce(lines.what, 'a subscription')
                || case
                    when lines.plan_name is null or lines.period_end_at is null then ''
                    else
                        ', ' || {{ day_and_month('lines.period_start_at') }}
                        || ' - ' || {{ day_and_month('lines.period_end_at') }}
                end
        else coalesce(nullif(charges.description, ''), 'Charge without an invoice or description')
    end as explanation
from {{ ref('int_charges__unified') }} as charges
left join {{ ref('int_invoices__unified') }} as invoices on charges.invoice_ref = invoices.invoice_ref
left join lines on charges.invoice_ref = lines.invoice_ref and lines.rank = 1
