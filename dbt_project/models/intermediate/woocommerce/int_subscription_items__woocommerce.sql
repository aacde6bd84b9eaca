-- A subscription's items drawn together: what people call its plan, and the price of a period as the shop shows it.
with items as (
    select
        items.account,
        items.subscription_id,
        items.position,
        items.name,
        items.quantity,
        subscriptions.billing_period as interval_unit,
        cast(subscriptions.billing_interval as bigint) as interval_count,
        items.subtotal_minor + case when subscriptions.includes_tax then items.subtotal_tax_minor else 0 end as price_minor
    from {{ ref('stg_woocommerce__subscription_items') }} as items
    inner join {{ ref('stg_woocommerce__subscriptions') }} as subscriptions
        on items.account = subscriptions.account and items.subscription_id = subscriptions.subscription_id
    where items.line_id is not null
),

named as (
    select
        account,
        subscription_id,
        position,
        quantity,
        price_minor,
        {{ plan_name("''", 'name', 'interval_unit', 'interval_count') }} as plan_name
    from items
)

select
    account,
    subscription_id,
    {{ ordered_list('plan_name', ' + ', 'position') }} as plan_name,
    cast(sum(quantity) as bigint) as quantity,
    cast(sum(price_minor) as bigint) as amount_minor
from named
group by account, subscription_id
