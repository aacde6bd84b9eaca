{%- set columns = [
    'account', 'subscription_id', 'customer_id', 'raw_status', 'is_paused', 'plan_name',
    'interval_unit', 'interval_count', 'quantity', 'amount_minor', 'currency',
    'current_period_start_at', 'current_period_end_at', 'trial_end_at', 'is_cancel_at_period_end',
    'canceled_at', 'started_at', 'created_at', 'dashboard_url'
] -%}

with unioned as (
    {{ union_gateways('subscriptions', 'subscription_ref', 'subscription_id', columns) }}
)

select
    unioned.gateway,
    unioned.subscription_ref,
    unioned.account,
    unioned.subscription_id,
    unioned.customer_id,
    unioned.raw_status,
    unioned.is_paused,
    unioned.plan_name,
    unioned.interval_unit,
    unioned.interval_count,
    unioned.quantity,
    unioned.amount_minor,
    unioned.currency,
    unioned.current_period_start_at,
    unioned.current_period_end_at,
    unioned.trial_end_at,
    unioned.is_cancel_at_period_end,
    unioned.canceled_at,
    unioned.started_at,
    unioned.created_at,
    unioned.dashboard_url,
    {{ object_ref('unioned.gateway', 'unioned.customer_id', 'unioned.account') }} as customer_ref,
    case when unioned.is_paused and statuses.status = 'active' then 'paused' else statuses.status end as status
from unioned
left join {{ ref('gateway_status_map') }} as statuses
    on
        unioned.gateway = statuses.gateway
        and unioned.raw_status = statuses.raw_status
        and statuses.entity = 'subscription'
