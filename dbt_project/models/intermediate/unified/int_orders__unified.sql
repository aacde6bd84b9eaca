{%- set columns = [
    'account', 'order_id', 'number', 'customer_id', 'customer_email', 'customer_name', 'raw_status',
    'total_minor', 'tax_minor', 'shipping_minor', 'discount_minor', 'refunded_minor', 'currency',
    'item_summary', 'item_count', 'created_at', 'paid_at', 'dashboard_url'
] -%}

with unioned as (
    {{ union_gateways('orders', 'order_ref', 'order_id', columns) }}
)

select
    unioned.gateway,
    unioned.order_ref,
    unioned.account,
    unioned.order_id,
    unioned.number,
    unioned.customer_id,
    unioned.customer_email,
    unioned.customer_name,
    unioned.raw_status,
    unioned.total_minor,
    unioned.tax_minor,
    unioned.shipping_minor,
    unioned.discount_minor,
    unioned.refunded_minor,
    unioned.currency,
    unioned.item_summary,
    unioned.item_count,
    unioned.created_at,
    unioned.paid_at,
    unioned.dashboard_url,
    {{ object_ref('unioned.gateway', 'unioned.customer_id', 'unioned.account') }} as customer_ref,
    -- The gateway's word, refined by what went back.
    case
        when statuses.status <> 'paid' or unioned.refunded_minor = 0 then statuses.status
        when unioned.refunded_minor >= unioned.total_minor then 'refunded'
        else 'partially_refunded'
    end as status
from unioned
left join {{ ref('gateway_status_map') }} as statuses
    on
        unioned.gateway = statuses.gateway
        and unioned.raw_status = statuses.raw_status
        and statuses.entity = 'order'
