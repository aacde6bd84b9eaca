-- A refund has neither a state nor a currency of its own: it is recorded for good, in its order's currency.
select
    refunds.account,
    refunds.refund_id,
    {{ text_of('refunds.order_id') }} as charge_id,
    'recorded' as raw_status,
    {{ major_to_minor('refunds.amount_sent', 'currencies.exponent') }} as amount_minor,
    refunds.amount_sent,
    orders.currency,
    nullif(refunds.reason, '') as reason,
    cast(null as {{ dbt.type_string() }}) as action_id,
    cast(null as {{ dbt.type_string() }}) as failure_reason,
    true as is_settled,
    refunds.created_at,
    {{ woocommerce_url('order', 'refunds.order_id', 'shops.url') }} as dashboard_url
from {{ ref('stg_woocommerce__refunds') }} as refunds
inner join {{ ref('stg_woocommerce__orders') }} as orders
    on refunds.account = orders.account and {{ text_of('refunds.order_id') }} = orders.order_id
left join {{ ref('stg_woocommerce__shops') }} as shops on refunds.account = shops.account
left join {{ ref('currencies') }} as currencies on orders.currency = currencies.currency
where not refunds.is_deleted and not orders.is_deleted
