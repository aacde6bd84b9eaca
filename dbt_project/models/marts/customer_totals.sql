with charged as (
    select
        customer_ref,
        currency,
        cast(sum(captured_minor) as bigint) as charged_minor,
        cast(sum(case when captured_minor > 0 then 1 else 0 end) as bigint) as charge_count,
        min(case when captured_minor > 0 then created_at end) as first_charge_at,
        max(case when captured_minor > 0 then created_at end) as last_charge_at
    from {{ ref('charges') }}
    where customer_ref is not null
    group by customer_ref, currency
),

refunded as (
    select
        customer_ref,
        currency,
        cast(sum(amount_minor) as bigint) as refunded_minor
    from {{ ref('refunds') }}
    where customer_ref is not null and status in ('succeeded', 'pending')
    group by customer_ref, currency
),

due as (
    select
        customer_ref,
        currency,
        cast(sum(due_minor) as bigint) as open_minor,
        cast(sum(case when is_past_due then due_minor else 0 end) as bigint) as past_due_minor
    from {{ ref('invoices') }}
    where customer_ref is not null and status = 'open'
    group by customer_ref, currency
),

keys as (
    select
        customer_ref,
        currency
    from charged
    union
    select
        customer_ref,
        currency
    from refunded
    union
    select
        customer_ref,
        currency
    from due
)

select
    keys.customer_ref,
    keys.currency,
    coalesce(charged.charged_minor, 0) as charged_minor,
    coalesce(refunded.refunded_minor, 0) as refunded_minor,
    coalesce(charged.charged_minor, 0) - coalesce(refunded.refunded_minor, 0) as lifetime_minor,
    coalesce(charged.charge_count, 0) as charge_count,
    coalesce(due.past_due_minor, 0) as past_due_minor,
    coalesce(due.open_minor, 0) as open_minor,
    charged.first_charge_at,
    charged.last_charge_at
from keys
left join charged on keys.customer_ref = charged.customer_ref and keys.currency = charged.currency
left join refunded on keys.customer_ref = refunded.customer_ref and keys.currency = refunded.currency
left join due on keys.customer_ref = due.customer_ref and keys.currency = due.currency
