-- Charge invoices, the gateway's own numbered tax invoices. Credit invoices are credit notes.
with lines as (
    select
        account,
        invoice_id,
        min(subscription_id) as subscription_id,
        max(case when plan_id is not null then 1 else 0 end) as has_plan,
        min(period_start_at) as period_start_at,
        max(period_end_at) as period_end_at
    from {{ ref('stg_recurly__invoice_lines') }}
    where line_id is not null
    group by account, invoice_id
)

select
    invoices.account,
    invoices.invoice_id,
    invoices.customer_id,
    lines.subscription_id,
    invoices.number,
    invoices.raw_status,
    invoices.subtotal_minor,
    invoices.tax_minor,
    invoices.total_minor,
    invoices.paid_minor,
    case
        when invoices.raw_status in ('open', 'pending', 'processing', 'past_due') then invoices.balance_minor
        else 0
    end as due_minor,
    invoices.currency,
    invoices.origin as billing_reason,
    case
        when invoices.origin = 'renewal' then 'renewal'
        when invoices.origin = 'immediate_change' then 'change'
        when invoices.origin = 'usage_correction' then 'usage'
        when invoices.origin = 'purchase' and lines.has_plan = 1 then 'start'
        else 'manual'
    end as occasion,
    coalesce(invoices.collection_method <> 'manual', true) as is_collected_automatically,
    invoices.raw_status = 'past_due' as has_failed_attempt,
    invoices.created_at as issued_at,
    invoices.due_at,
    case when invoices.raw_status = 'paid' then invoices.closed_at end as paid_at,
    lines.period_start_at,
    lines.period_end_at,
    -- The page needs the customer's login token and the PDF an API key: neither is a link to hand on.
    cast(null as {{ dbt.type_string() }}) as hosted_url,
    cast(null as {{ dbt.type_string() }}) as pdf_url,
    invoices.number is not null as is_tax_invoice,
    invoices.created_at,
    sites.url || '/invoices/' || invoices.number as dashboard_url
from {{ ref('stg_recurly__invoices') }} as invoices
left join lines on invoices.account = lines.account and invoices.invoice_id = lines.invoice_id
left join {{ ref('int_sites__recurly') }} as sites on invoices.account = sites.account
where invoices.type <> 'credit' and not invoices.is_deleted
