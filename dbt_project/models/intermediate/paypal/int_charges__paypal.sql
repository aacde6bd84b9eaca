with units as (
    select
        account,
        order_id,
        description
    from {{ ref('stg_paypal__order_units') }}
    where position = 1
)

select
    payments.account,
    payments.charge_id,
    coalesce(
        payments.reported_payer_id, orders.payer_id, subscriptions.payer_id,
        case when orders.order_id is null and payments.subscription_id is null then recipients.customer_id end
    ) as customer_id,
    payments.order_id as payment_intent_id,
    links.invoice_id,
    coalesce(payments.reported_email, orders.email, subscriptions.email, recipients.email) as email,
    coalesce(
        payments.reported_name,
        {{ paypal_name('cast(null as ' ~ dbt.type_string() ~ ')', 'orders.given_name', 'orders.surname') }},
        recipients.name
    ) as name,
    payments.raw_status,
    payments.raw_status in ('COMPLETED', 'PARTIALLY_REFUNDED', 'REFUNDED', 'S', 'F', 'V') as is_captured,
    false as is_released,
    false as is_disputed,
    payments.is_settled,
    payments.amount_minor,
    case
        when payments.raw_status in ('COMPLETED', 'PARTIALLY_REFUNDED', 'REFUNDED', 'S', 'F', 'V')
            then payments.amount_minor
        else 0
    end as captured_minor,
    -- PayPal keeps no sum on the payment; a whole refund is told by the state.
    case when payments.raw_status in ('REFUNDED', 'V') then payments.amount_minor else 0 end as refunded_minor,
    payments.currency,
    coalesce(units.description, payments.reported_subject, plans.name) as description,
    lower(orders.card_brand) as method_brand,
    orders.card_last4 as method_last4,
    case
        when orders.card_last4 is not null or payments.instrument_type = 'CREDITCARD' then 'card' else 'paypal'
    end as method_type,
    case when payments.raw_status in ('DECLINED', 'FAILED', 'DENIED', 'D') then lower(payments.raw_status) end
        as failure_code,
    case
        when payments.raw_status in ('DECLINED', 'FAILED', 'DENIED', 'D')
            then coalesce(lower(replace(payments.reason, '_', ' ')), 'PayPal denied the payment')
    end as failure_message,
    payments.created_at,
    case
        when payments.raw_status in ('COMPLETED', 'PARTIALLY_REFUNDED', 'REFUNDED', 'S', 'F', 'V')
            then payments.captured_at
    end as captured_at,
    {{ paypal_url('activity/payment', 'payments.charge_id') }} as dashboard_url
from {{ ref('int_payments__paypal') }} as payments
left join {{ ref('stg_paypal__orders') }} as orders
    on payments.account = orders.account and payments.order_id = orders.order_id
left join units on payments.account = units.account and payments.order_id = units.order_id
left join {{ ref('stg_paypal__subscriptions') }} as subscriptions
    on payments.account = subscriptions.account and payments.subscription_id = subscriptions.subscription_id
left join {{ ref('stg_paypal__plans') }} as plans
    on subscriptions.account = plans.account and subscriptions.plan_id = plans.plan_id
left join {{ ref('int_invoice_links__paypal') }} as links
    on payments.account = links.account and payments.charge_id = links.payment_id
left join {{ ref('int_recipients__paypal') }} as recipients
    on links.account = recipients.account and links.invoice_id = recipients.invoice_id
