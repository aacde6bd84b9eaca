-- From when to when each subscription runs (trials are no revenue), and what it is worth in a month as it is now.
with rates as (
    select
        subscription_ref,
        inside_percent,
        row_number() over (
            partition by subscription_ref
            order by period_start_at desc nulls last, inside_percent desc nulls last
        ) as rank
    from {{ ref('int_mrr__lines') }}
),

running as (
    select
        subscriptions.subscription_ref,
        subscriptions.gateway,
        subscriptions.account,
        subscriptions.currency,
        coalesce(subscriptions.customer_ref, subscriptions.subscription_ref) as customer_ref,
        greatest(
            coalesce(subscriptions.started_at, subscriptions.created_at),
            coalesce(subscriptions.trial_end_at, subscriptions.started_at, subscriptions.created_at)
        ) as runs_from,
        case
            when subscriptions.status not in ('canceled', 'expired') then ends.ended_at
            when ends.ended_at is not null then ends.ended_at
            when subscriptions.is_cancel_at_period_end then subscriptions.current_period_end_at
            else coalesce(subscriptions.canceled_at, subscriptions.current_period_end_at)
        end as runs_to,
        coalesce(
            nets.net_minor,
            {{ without_tax('coalesce(subscriptions.amount_minor, 0)', 'coalesce(rates.inside_percent, 0)') }}
        ) as net_minor,
        case subscriptions.interval_unit when 'year' then 12 when 'month' then 1 else 0 end
        * coalesce(subscriptions.interval_count, 1) as months,
        case subscriptions.interval_unit when 'week' then 7 when 'day' then 1 else 30 end
        * coalesce(subscriptions.interval_count, 1) as days
    from {{ ref('int_subscriptions__unified') }} as subscriptions
    left join {{ ref('int_details__subscription_ends') }} as ends
        on
            subscriptions.gateway = ends.gateway
            and subscriptions.account = ends.account
            and subscriptions.subscription_id = ends.subscription_id
    left join {{ ref('int_details__subscription_nets') }} as nets
        on
            subscriptions.gateway = nets.gateway
            and subscriptions.account = nets.account
            and subscriptions.subscription_id = nets.subscription_id
    left join rates on subscriptions.subscription_ref = rates.subscription_ref and rates.rank = 1
    where subscriptions.status <> 'pending'
)

select
    subscription_ref,
    gateway,
    account,
    currency,
    customer_ref,
    runs_from,
    runs_to,
    case
        when months > 0 then {{ half_up('net_minor', 'greatest(months, 1)') }}
        else {{ monthly_worth('net_minor', 'days') }}
    end as monthly_minor
from running
