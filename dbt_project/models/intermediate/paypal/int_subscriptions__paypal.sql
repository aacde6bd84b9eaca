with cycles as (
    select
        account,
        plan_id,
        lower(interval_unit) as interval_unit,
        coalesce(interval_count, 1) as interval_count,
        currency,
        price_minor,
        row_number() over (partition by account, plan_id order by sequence asc, position asc) as rank
    from {{ ref('stg_paypal__plan_cycles') }}
    where tenure_type = 'REGULAR'
),

-- How long a plan's trial takes: it is over at that moment, whether or not its counters still say so.
trial_lengths as (
    select
        account,
        plan_id,
        cast(sum(
            case interval_unit when 'MONTH' then 1 when 'YEAR' then 12 else 0 end
            * coalesce(interval_count, 1) * coalesce(total_cycles, 1)
        ) as bigint) as months,
        cast(sum(
            case interval_unit when 'DAY' then 1 when 'WEEK' then 7 else 0 end
            * coalesce(interval_count, 1) * coalesce(total_cycles, 1)
        ) as bigint) as days
    from {{ ref('stg_paypal__plan_cycles') }}
    where tenure_type = 'TRIAL'
    group by account, plan_id
),

trials as (
    select
        account,
        subscription_id,
        max(case when cycles_remaining > 0 then 1 else 0 end) as is_running
    from {{ ref('stg_paypal__subscription_cycles') }}
    where tenure_type = 'TRIAL'
    group by account, subscription_id
)

select
    subscriptions.account,
    subscriptions.subscription_id,
    subscriptions.payer_id as customer_id,
    -- PayPal says ACTIVE of a trial and of one whose payments fail; both are told apart by its counters.
    case
        when subscriptions.raw_status = 'ACTIVE' and subscriptions.failed_payments > 0 then 'ACTIVE:FAILED_PAYMENTS'
        when subscriptions.raw_status = 'ACTIVE' and trials.is_running = 1 then 'ACTIVE:TRIAL'
        else subscriptions.raw_status
    end as raw_status,
    subscriptions.raw_status = 'SUSPENDED' as is_paused,
    plans.name as plan_name,
    cycles.interval_unit,
    cast(cycles.interval_count as bigint) as interval_count,
    cast(coalesce(subscriptions.quantity, 1) as bigint) as quantity,
    cast(cycles.price_minor * cast(coalesce(subscriptions.quantity, 1) as bigint) as bigint) as amount_minor,
    coalesce(cycles.currency, subscriptions.currency) as currency,
    coalesce(subscriptions.last_paid_at, subscriptions.started_at) as current_period_start_at,
    subscriptions.next_billing_at as current_period_end_at,
    case
        when trial_lengths.plan_id is not null
            then {{ dbt.dateadd(
                'day', 'trial_lengths.days', dbt.dateadd('month', 'trial_lengths.months', 'subscriptions.started_at')
            ) }}
    end as trial_end_at,
    false as is_cancel_at_period_end,
    case when subscriptions.raw_status = 'CANCELLED' then subscriptions.status_changed_at end as canceled_at,
    subscriptions.started_at,
    subscriptions.created_at,
    {{ paypal_url('billing/subscriptions', 'subscriptions.subscription_id') }} as dashboard_url
from {{ ref('stg_paypal__subscriptions') }} as subscriptions
left join {{ ref('stg_paypal__plans') }} as plans
    on subscriptions.account = plans.account and subscriptions.plan_id = plans.plan_id
left join cycles
    on subscriptions.account = cycles.account and subscriptions.plan_id = cycles.plan_id and cycles.rank = 1
left join trial_lengths
    on subscriptions.account = trial_lengths.account and subscriptions.plan_id = trial_lengths.plan_id
left join trials
    on
        subscriptions.account = trials.account
        and subscriptions.subscription_id = trials.subscription_id
where not subscriptions.is_deleted
