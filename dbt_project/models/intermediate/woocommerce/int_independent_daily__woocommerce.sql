-- The sales report day by day. It tells an order on the local day it was placed, paid or not; we book a payment on its
-- own UTC day. So the report is held against the same orders on its own terms, and what it says otherwise than they do
-- is put upon what we book on that day. Refunds have no daily figure: the report counts a full one's total several times.
with orders as (
    select
        orders.account,
        orders.currency,
        cast(orders.created_locally_at as date) as placed_on,
        cast(orders.paid_at as date) as paid_on,
        orders.total_minor,
        facts.is_captured
    from {{ ref('stg_woocommerce__orders') }} as orders
    inner join {{ ref('int_order_facts__woocommerce') }} as facts
        on orders.account = facts.account and orders.order_id = facts.order_id
    where orders.raw_status in ('processing', 'completed', 'on-hold', 'refunded')
),

days as (
    select
        account,
        currency,
        paid_on as day,
        total_minor as minor
    from orders
    where is_captured
    union all
    select
        account,
        currency,
        placed_on as day,
        -total_minor as minor
    from orders
    union all
    select
        reports.account,
        shops.currency,
        cast(reports.day as date) as day,
        {{ major_to_minor('reports.sales_sent', 'currencies.exponent') }} as minor
    from {{ ref('stg_woocommerce__sales_reports') }} as reports
    inner join {{ ref('stg_woocommerce__shops') }} as shops on reports.account = shops.account
    inner join {{ ref('currencies') }} as currencies on shops.currency = currencies.currency
    where reports.sales_sent is not null and not reports.is_deleted
)

select
    days.account,
    days.day,
    days.currency,
    'charged' as measure,
    cast(sum(days.minor) as bigint) as independent_minor
from days
inner join {{ ref('int_independent_totals__woocommerce') }} as known
    on days.account = known.account and days.currency = known.currency and known.measure = 'charged'
where known.independent_minor is not null
group by days.account, days.day, days.currency
