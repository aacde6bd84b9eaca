with happened as (
    select
        'charge' as kind,
        charge_ref as object_ref,
        customer_ref,
        created_at as occurred_at,
        explanation as title,
        amount_minor,
        currency,
        status
    from {{ ref('charges') }}
    union all
    select
        'refund' as kind,
        refund_ref as object_ref,
        customer_ref,
        created_at as occurred_at,
        case status when 'failed' then 'Refund that failed' else 'Refund' end
        || coalesce(' (' || replace(reason, '_', ' ') || ')', '') as title,
        amount_minor,
        currency,
        status
    from {{ ref('refunds') }}
    union all
    select
        'subscription' as kind,
        subscription_ref as object_ref,
        customer_ref,
        coalesce(started_at, created_at) as occurred_at,
        'Subscribed to ' || coalesce(plan_name, 'a plan without a name') as title,
        amount_minor,
        currency,
        status
    from {{ ref('subscriptions') }}
    union all
    select
        'invoice' as kind,
        invoice_ref as object_ref,
        customer_ref,
        coalesce(issued_at, created_at) as occurred_at,
        coalesce('Invoice ' || number, 'Draft invoice') as title,
        total_minor as amount_minor,
        currency,
        status
    from {{ ref('invoices') }}
    union all
    select
        'dispute' as kind,
        dispute_ref as object_ref,
        customer_ref,
        created_at as occurred_at,
        'Dispute' || coalesce(' (' || replace(reason, '_', ' ') || ')', '') as title,
        amount_minor,
        currency,
        status
    from {{ ref('disputes') }}
)

select
    kind || ':' || object_ref as timeline_ref,
    customer_ref,
    occurred_at,
    kind,
    title,
    amount_minor,
    currency,
    status,
    object_ref
from happened
where customer_ref is not null
