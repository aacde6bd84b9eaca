-- Recurly calls a trial and a late payer "active". The words that its lists filter by tell them apart: in_trial, past_due.
with late as (
    select distinct
        lines.account,
        lines.subscription_id
    from {{ ref('stg_recurly__invoice_lines') }} as lines
    inner join {{ ref('stg_recurly__invoices') }} as invoices
        on lines.account = invoices.account and lines.invoice_id = invoices.invoice_id
    where invoices.raw_status = 'past_due' and not invoices.is_deleted
)

select
    subscriptions.account,
    subscriptions.subscription_id,
    subscriptions.customer_id,
    case
        when subscriptions.raw_state <> 'active' then subscriptions.raw_state
        when late.subscription_id is not null then 'past_due'
        when subscriptions.trial_end_at > {{ as_of() }} then 'in_trial'
        else subscriptions.raw_state
    end as raw_status,
    subscriptions.raw_state = 'paused' as is_paused,
    coalesce(plans.name, subscriptions.plan_name) as plan_name,
    case plans.interval_unit when 'months' then 'month' when 'days' then 'day' end as interval_unit,
    plans.interval_length as interval_count,
    subscriptions.quantity,
    subscriptions.subtotal_minor as amount_minor,
    subscriptions.currency,
    subscriptions.current_period_start_at,
    subscriptions.current_period_end_at,
    subscriptions.trial_end_at,
    -- "canceled" means that it runs until its period's end; then it is "expired".
    subscriptions.raw_state = 'canceled' as is_cancel_at_period_end,
    subscriptions.canceled_at,
    subscriptions.activated_at as started_at,
    subscriptions.created_at,
    sites.url || '/subscriptions/' || subscriptions.uuid as dashboard_url
from {{ ref('stg_recurly__subscriptions') }} as subscriptions
left join {{ ref('stg_recurly__plans') }} as plans
    on subscriptions.account = plans.account and subscriptions.plan_id = plans.plan_id
left join late
    on subscriptions.account = late.account and subscriptions.subscription_id = late.subscription_id
left join {{ ref('int_sites__recurly') }} as sites on subscriptions.account = sites.account
where not subscriptions.is_deleted
