with renewals as (
    select
        facts.account,
        facts.subscription_id,
        orders.raw_status,
        row_number() over (
            partition by facts.account, facts.subscription_id
            order by orders.created_at desc nulls last, orders.order_id desc nulls last
        ) as rank
    from {{ ref('int_order_facts__woocommerce') }} as facts
    inner join {{ ref('stg_woocommerce__orders') }} as orders
        on facts.account = orders.account and facts.order_id = orders.order_id
    where facts.subscription_id is not null
)

select
    subscriptions.account,
    subscriptions.subscription_id,
    {{ id_or_null('subscriptions.customer_id') }} as customer_id,
    -- The shop says "on-hold" for a card that was refused as for a pause, and "active" for a trial.
    case
        when subscriptions.raw_status = 'on-hold' and renewals.raw_status in ('failed', 'pending')
            then 'on-hold: renewal unpaid'
        when subscriptions.raw_status = 'active' and subscriptions.trial_end_at > {{ as_of() }} then 'active: in trial'
        else subscriptions.raw_status
    end as raw_status,
    false as is_paused,
    items.plan_name,
    subscriptions.billing_period as interval_unit,
    cast(subscriptions.billing_interval as bigint) as interval_count,
    items.quantity,
    items.amount_minor,
    subscriptions.currency,
    coalesce(subscriptions.last_payment_at, subscriptions.started_at) as current_period_start_at,
    coalesce(subscriptions.next_payment_at, subscriptions.end_at) as current_period_end_at,
    subscriptions.trial_end_at,
    subscriptions.raw_status = 'pending-cancel' as is_cancel_at_period_end,
    -- A status set through the API leaves the dates alone.
    case
        when subscriptions.raw_status in ('cancelled', 'pending-cancel')
            then coalesce(subscriptions.canceled_at, subscriptions.modified_at)
        else subscriptions.canceled_at
    end as canceled_at,
    subscriptions.started_at,
    subscriptions.created_at,
    {{ woocommerce_url('subscription', 'subscriptions.subscription_id', 'shops.url') }} as dashboard_url
from {{ ref('stg_woocommerce__subscriptions') }} as subscriptions
left join {{ ref('int_subscription_items__woocommerce') }} as items
    on subscriptions.account = items.account and subscriptions.subscription_id = items.subscription_id
left join renewals
    on
        subscriptions.account = renewals.account
        and subscriptions.subscription_id = renewals.subscription_id
        and renewals.rank = 1
left join {{ ref('stg_woocommerce__shops') }} as shops on subscriptions.account = shops.account
where not subscriptions.is_deleted
