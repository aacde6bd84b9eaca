-- Why each charge was made: its kind, and a sentence that an agent can read out.
with parts as (
    select
        charges.charge_ref,
        charges.invoice_ref,
        nullif(trim(charges.description), '') as description,
        invoices.number as invoice_number,
        invoices.invoice_ref is not null as has_invoice,
        coalesce(own_orders.number, invoice_orders.number) as order_number,
        coalesce(own_orders.item_summary, invoice_orders.item_summary, lines.items) as items,
        lines.what,
        lines.plan_name,
        coalesce(lines.period_start_at, invoices.period_start_at) as period_start_at,
        coalesce(lines.period_end_at, invoices.period_end_at) as period_end_at,
        lines.proration_change,
        case
            when
                invoices.occasion in ('start', 'renewal')
                and cast(subscriptions.trial_end_at as date)
                = cast(coalesce(lines.period_start_at, invoices.period_start_at) as date)
                then 'trial_end'
            when invoices.occasion = 'start' then 'first_payment'
            when invoices.occasion = 'renewal' then 'renewal'
            when invoices.occasion = 'usage' then 'usage'
            when invoices.occasion = 'change' or lines.is_proration then 'proration'
            when coalesce(own_orders.number, invoice_orders.number) is not null then 'order'
            when invoices.invoice_ref is not null then 'one_off'
            when charges.invoice_ref is null and nullif(trim(charges.description), '') is not null then 'one_off'
            when charges.invoice_ref is null and charges.status = 'failed' then 'declined'
            else 'unexplained'
        end as kind
    from {{ ref('int_charges__unified') }} as charges
    left join {{ ref('int_invoices__unified') }} as invoices on charges.invoice_ref = invoices.invoice_ref
    left join {{ ref('int_invoices__main_lines') }} as lines on charges.invoice_ref = lines.invoice_ref
    left join {{ ref('int_subscriptions__unified') }} as subscriptions
        on invoices.subscription_ref = subscriptions.subscription_ref
    left join {{ ref('int_orders__unified') }} as own_orders on charges.charge_ref = own_orders.order_ref
    left join {{ ref('int_orders__unified') }} as invoice_orders on charges.invoice_ref = invoice_orders.order_ref
)

select
    charge_ref,
    kind,
    case
        when kind = 'order' then 'Order ' || order_number || coalesce(': ' || items, '')
        when kind = 'one_off' and has_invoice
            then
                coalesce('Invoice ' || invoice_number, 'Invoice without a number')
                || coalesce(': ' || what, '')
        when kind = 'one_off' then description
        when kind = 'declined' then 'Attempt to pay that was declined; nothing was charged'
        when kind = 'unexplained' and invoice_ref is not null
            then coalesce(description, 'Charge for an invoice that was not loaded')
        when kind = 'unexplained' then coalesce(description, 'Charge without an invoice or description')
        when kind = 'proration' then 'Change ' || coalesce(proration_change, 'to ' || what, 'to a subscription')
        else
            case kind
                when 'first_payment' then 'First payment for '
                when 'trial_end' then 'First payment after the trial of '
                when 'renewal' then 'Renewal of '
                else 'Usage of '
            end
            || coalesce(what, 'a subscription')
    end
    || case
        when kind in ('order', 'one_off', 'declined', 'unexplained') or plan_name is null or period_end_at is null then ''
        else
            ', ' || {{ day_and_month('period_start_at') }} || ' - ' || {{ day_and_month('period_end_at') }}
    end as explanation,
    plan_name,
    case when kind in ('order', 'one_off', 'declined', 'unexplained') then null else period_start_at end as period_start_at,
    case when kind in ('order', 'one_off', 'declined', 'unexplained') then null else period_end_at end as period_end_at,
    order_number,
    items,
    proration_change,
    case
        when kind = 'unexplained' then false
        when kind = 'one_off' and has_invoice then what is not null
        when kind in ('order', 'one_off', 'declined') then true
        when kind = 'proration' then coalesce(proration_change, what) is not null
        else what is not null
    end as is_explained
from parts
