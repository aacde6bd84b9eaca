select
    subscriptions.account,
    subscriptions.subscription_id,
    owners.customer_id,
    -- Braintree calls a trial "Active": until the first cycle is billed.
    case
        when subscriptions.raw_status = 'Active' and subscriptions.is_trial and subscriptions.cycle = 0
            then 'Active in trial'
        else subscriptions.raw_status
    end as raw_status,
    false as is_paused,
    plans.name as plan_name,
    case when mod(plans.billing_months, 12) = 0 then 'year' else 'month' end as interval_unit,
    case
        when mod(plans.billing_months, 12) = 0 then {{ whole_division('plans.billing_months', '12') }} else plans.billing_months
    end as interval_count,
    cast(1 as bigint) as quantity,
    prices.price_minor as amount_minor,
    prices.currency,
    coalesce(subscriptions.period_start_at, subscriptions.created_at) as current_period_start_at,
    coalesce(subscriptions.next_billing_at, subscriptions.period_end_at) as current_period_end_at,
    case when subscriptions.is_trial then subscriptions.first_billing_at end as trial_end_at,
    -- The last of a fixed number of cycles has been billed: nothing follows.
    subscriptions.raw_status = 'Active' and subscriptions.next_billing_at is null as is_cancel_at_period_end,
    case when subscriptions.raw_status = 'Canceled' then ends.ended_at end as canceled_at,
    subscriptions.created_at as started_at,
    subscriptions.created_at,
    merchants.url || '/subscriptions/' || subscriptions.subscription_id as dashboard_url
from {{ ref('stg_braintree__subscriptions') }} as subscriptions
left join {{ ref('int_subscription_customers__braintree') }} as owners
    on subscriptions.account = owners.account and subscriptions.subscription_id = owners.subscription_id
left join {{ ref('int_subscription_prices__braintree') }} as prices
    on subscriptions.account = prices.account and subscriptions.subscription_id = prices.subscription_id
left join {{ ref('int_subscription_ends__braintree') }} as ends
    on subscriptions.account = ends.account and subscriptions.subscription_id = ends.subscription_id
left join {{ ref('stg_braintree__plans') }} as plans
    on subscriptions.account = plans.account and subscriptions.plan_id = plans.plan_id
left join {{ ref('int_merchants__braintree') }} as merchants on subscriptions.account = merchants.account
where not subscriptions.is_deleted
