-- An order is the invoice that its payment pays. The shop numbers it, but issues no tax document: that is ours to do.
select
    orders.account,
    orders.order_id as invoice_id,
    {{ id_or_null('orders.customer_id') }} as customer_id,
    facts.subscription_id,
    orders.number,
    orders.raw_status,
    orders.total_minor - orders.tax_minor + orders.discount_minor as subtotal_minor,
    orders.tax_minor,
    orders.total_minor,
    case when facts.is_captured then orders.total_minor else 0 end as paid_minor,
    case when orders.raw_status in ('pending', 'on-hold') then orders.total_minor else 0 end as due_minor,
    orders.currency,
    orders.created_via as billing_reason,
    facts.occasion,
    -- A checkout asks by itself, and a renewal is charged; an order that somebody made by hand waits for its customer.
    coalesce(orders.created_via in ('checkout', 'store-api', 'subscription'), true) as is_collected_automatically,
    false as has_failed_attempt,
    case when orders.raw_status <> 'checkout-draft' then orders.created_at end as issued_at,
    cast(null as timestamp) as due_at,
    orders.paid_at,
    cast(null as timestamp) as period_start_at,
    cast(null as timestamp) as period_end_at,
    case when orders.raw_status in ('pending', 'failed') then orders.payment_url end as hosted_url,
    cast(null as {{ dbt.type_string() }}) as pdf_url,
    false as is_tax_invoice,
    orders.created_at,
    {{ woocommerce_url('order', 'orders.order_id', 'facts.home') }} as dashboard_url
from {{ ref('stg_woocommerce__orders') }} as orders
inner join {{ ref('int_order_facts__woocommerce') }} as facts
    on orders.account = facts.account and orders.order_id = facts.order_id
