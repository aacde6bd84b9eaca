with subscriptions as (
    select
        customers.email_key,
        subscriptions.plan_name,
        subscriptions.status,
        case
            when subscriptions.status in ('active', 'trialing', 'past_due') and not subscriptions.is_cancel_at_period_end
                then subscriptions.current_period_end_at
        end as renews_at,
        row_number() over (
            partition by customers.email_key
            order by
                case subscriptions.status
                    when 'past_due' then 1 when 'active' then 2 when 'trialing' then 3 when 'paused' then 4
                    when 'pending' then 5 when 'canceled' then 6 else 7
                end,
                subscriptions.created_at desc nulls last,
                subscriptions.subscription_ref asc
        ) as rank
    from {{ ref('subscriptions') }} as subscriptions
    inner join {{ ref('customers') }} as customers on subscriptions.customer_ref = customers.customer_ref
),

charges as (
    select
        coalesce(customers.email_key, {{ email_key('charges.customer_email') }}) as email_key,
        {{ money_text('charges.amount_minor', 'charges.currency', 'currencies.exponent') }}
        || ', ' || replace(charges.status, '_', ' ')
        || ', ' || cast(cast(charges.created_at as date) as {{ dbt.type_string() }}) as last_charge,
        case
            when charges.status = 'failed'
                then coalesce(charges.failure_message, replace(charges.failure_code, '_', ' '))
        end as last_failure,
        charges.created_at,
        row_number() over (
            partition by coalesce(customers.email_key, {{ email_key('charges.customer_email') }})
            order by charges.created_at desc nulls last, charges.charge_ref desc nulls last
        ) as rank
    from {{ ref('charges') }} as charges
    left join {{ ref('customers') }} as customers on charges.customer_ref = customers.customer_ref
    left join {{ ref('currencies') }} as currencies on charges.currency = currencies.currency
),

disputes as (
    select
        coalesce(customers.email_key, {{ email_key('charges.customer_email') }}) as email_key,
        count(*) as open_disputes
    from {{ ref('disputes') }} as disputes
    inner join {{ ref('charges') }} as charges on disputes.charge_ref = charges.charge_ref
    left join {{ ref('customers') }} as customers on charges.customer_ref = customers.customer_ref
    where disputes.status in ('needs_response', 'under_review')
    group by coalesce(customers.email_key, {{ email_key('charges.customer_email') }})
)

select
    people.email_key,
    people.email,
    people.customer_name,
    subscriptions.plan_name as plan,
    subscriptions.status as subscription_status,
    subscriptions.renews_at,
    coalesce(money.lifetime_value, '') as lifetime_value,
    coalesce(charges.last_charge, '') as last_charge,
    coalesce(charges.last_failure, '') as last_failure,
    charges.created_at as last_charge_at,
    coalesce(money.past_due, '') as past_due,
    coalesce(money.open_amount, '') as open_amount,
    coalesce(disputes.open_disputes, 0) as open_disputes,
    people.gateways,
    people.customer_refs
from {{ ref('int_contexts__people') }} as people
left join {{ ref('int_contexts__money') }} as money on people.email_key = money.email_key
left join subscriptions on people.email_key = subscriptions.email_key and subscriptions.rank = 1
left join charges on people.email_key = charges.email_key and charges.rank = 1
left join disputes on people.email_key = disputes.email_key
