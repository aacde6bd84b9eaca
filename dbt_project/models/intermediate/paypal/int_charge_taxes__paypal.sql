-- The tax inside a payment that pays no invoice: as the report tells it, else its order. A subscription's plan knows the
-- rate; an order names an amount of tax alone.
with units as (
    select
        account,
        order_id,
        amount_minor,
        tax_minor
    from {{ ref('stg_paypal__order_units') }}
    where position = 1
)

select
    payments.account,
    payments.charge_id,
    coalesce(payments.reported_tax_minor, units.tax_minor) as tax_minor,
    cast(plans.tax_percent as decimal(9, 4)) as rate_percent,
    coalesce(plans.is_tax_inclusive, true) as is_inclusive
from {{ ref('int_payments__paypal') }} as payments
left join units
    on
        payments.account = units.account
        and payments.order_id = units.order_id
        and payments.amount_minor = units.amount_minor
left join {{ ref('stg_paypal__subscriptions') }} as subscriptions
    on payments.account = subscriptions.account and payments.subscription_id = subscriptions.subscription_id
left join {{ ref('stg_paypal__plans') }} as plans
    on subscriptions.account = plans.account and subscriptions.plan_id = plans.plan_id
where
    coalesce(payments.reported_tax_minor, units.tax_minor) <> 0
    and not exists (
        select 1
        from {{ ref('int_invoice_links__paypal') }} as links
        where links.account = payments.account and links.payment_id = payments.charge_id
    )
