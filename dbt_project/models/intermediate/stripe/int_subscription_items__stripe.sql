-- A subscription's items drawn together: its plans' names, its price per period and the period itself.
with items as (
    select
        items.account,
        items.subscription_id,
        items.position,
        {{ plan_name('items.nickname', 'products.name', 'items.interval_unit', 'items.interval_count') }} as plan_name,
        items.interval_unit,
        items.interval_count,
        items.quantity,
        items.unit_minor * coalesce(items.quantity, 1) as amount_minor,
        items.period_start_at,
        items.period_end_at
    from {{ ref('stg_stripe__subscription_items') }} as items
    left join {{ ref('stg_stripe__products') }} as products
        on items.account = products.account and items.product_id = products.product_id
    where items.subscription_item_id is not null
)

select
    account,
    subscription_id,
    {{ ordered_list('plan_name', ' + ', 'position') }} as plan_name,
    min(interval_unit) as interval_unit,
    min(interval_count) as interval_count,
    cast(sum(quantity) as bigint) as quantity,
    -- An item without a fixed unit price (tiers, usage) has no amount, so its subscription has none either.
    case when count(*) = count(amount_minor) then cast(sum(amount_minor) as bigint) end as amount_minor,
    min(period_start_at) as period_start_at,
    min(period_end_at) as period_end_at
from items
group by account, subscription_id
