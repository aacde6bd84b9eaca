select
    orders.order_ref,
    orders.gateway,
    orders.account,
    orders.order_id,
    orders.number,
    orders.customer_ref,
    coalesce(orders.customer_email, customers.email) as customer_email,
    coalesce(customers.name, orders.customer_name) as customer_name,
    orders.status,
    orders.raw_status,
    orders.total_minor,
    orders.tax_minor,
    orders.shipping_minor,
    orders.discount_minor,
    orders.refunded_minor,
    orders.currency,
    orders.item_summary,
    orders.item_count,
    orders.created_at,
    orders.paid_at,
    orders.dashboard_url
from {{ ref('int_orders__unified') }} as orders
left join {{ ref('customers') }} as customers on orders.customer_ref = customers.customer_ref
