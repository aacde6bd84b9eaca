select
    subscriptions.account,
    subscriptions.subscription_id,
    subscriptions.customer_id,
    subscriptions.raw_status,
    -- Collection can be paused while Stripe still says "active"; people must see that nothing is being collected.
    subscriptions.has_paused_collection as is_paused,
    items.plan_name,
    items.interval_unit,
    items.interval_count,
    items.quantity,
    items.amount_minor,
    subscriptions.currency,
    coalesce(items.period_start_at, subscriptions.legacy_period_start_at) as current_period_start_at,
    coalesce(items.period_end_at, subscriptions.legacy_period_end_at) as current_period_end_at,
    subscriptions.trial_end_at,
    subscriptions.is_cancel_at_period_end,
    subscriptions.canceled_at,
    subscriptions.started_at,
    subscriptions.created_at,
    {{ stripe_url('subscriptions', 'subscriptions.subscription_id', 'subscriptions.is_live') }} as dashboard_url
from {{ ref('stg_stripe__subscriptions') }} as subscriptions
left join {{ ref('int_subscription_items__stripe') }} as items
    on
        subscriptions.account = items.account
        and subscriptions.subscription_id = items.subscription_id
where not subscriptions.is_deleted
