select
    orders.account,
    orders.order_id,
    orders.number,
    {{ id_or_null('orders.customer_id') }} as customer_id,
    nullif(orders.email, '') as customer_email,
    facts.buyer_name as customer_name,
    orders.raw_status,
    orders.total_minor,
    orders.tax_minor,
    orders.shipping_minor,
    orders.discount_minor,
    facts.refunded_minor,
    orders.currency,
    facts.item_summary,
    facts.item_count,
    orders.created_at,
    orders.paid_at,
    {{ woocommerce_url('order', 'orders.order_id', 'facts.home') }} as dashboard_url
from {{ ref('stg_woocommerce__orders') }} as orders
inner join {{ ref('int_order_facts__woocommerce') }} as facts
    on orders.account = facts.account and orders.order_id = facts.order_id
