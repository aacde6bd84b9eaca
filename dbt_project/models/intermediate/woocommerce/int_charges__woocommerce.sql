-- The payment of an order. A cart that was never ordered and an order that costs nothing have none.
select
    orders.account,
    orders.order_id as charge_id,
    {{ id_or_null('orders.customer_id') }} as customer_id,
    -- What the payment behind the shop is called by the gateway that took it.
    nullif(orders.transaction_id, '') as payment_intent_id,
    orders.order_id as invoice_id,
    nullif(orders.email, '') as email,
    facts.buyer_name as name,
    orders.raw_status,
    facts.is_captured,
    false as is_released,
    false as is_disputed,
    true as is_settled,
    orders.total_minor as amount_minor,
    case when facts.is_captured then orders.total_minor else 0 end as captured_minor,
    facts.refunded_minor,
    orders.currency,
    'Order ' || orders.number || coalesce(': ' || facts.item_summary, '') as description,
    cast(null as {{ dbt.type_string() }}) as method_brand,
    cast(null as {{ dbt.type_string() }}) as method_last4,
    nullif(orders.payment_method, '') as method_type,
    cast(null as {{ dbt.type_string() }}) as failure_code,
    cast(null as {{ dbt.type_string() }}) as failure_message,
    orders.created_at,
    case when facts.is_captured then orders.paid_at end as captured_at,
    {{ woocommerce_url('order', 'orders.order_id', 'facts.home') }} as dashboard_url
from {{ ref('stg_woocommerce__orders') }} as orders
inner join {{ ref('int_order_facts__woocommerce') }} as facts
    on orders.account = facts.account and orders.order_id = facts.order_id
where orders.raw_status <> 'checkout-draft' and coalesce(orders.total_minor, 1) <> 0
