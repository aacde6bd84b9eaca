-- What is known of each order beyond its own fields: its content in words, its refunds, the subscription it belongs to.
with goods as (
    select
        account,
        order_id,
        {{ ordered_list(
            "case when quantity = 1 then '' else cast(quantity as " ~ dbt.type_string() ~ ") || ' x ' end || name",
            ', ', 'position'
        ) }} as item_summary,
        cast(sum(quantity) as bigint) as item_count
    from {{ ref('stg_woocommerce__order_items') }}
    where line_id is not null
    group by account, order_id
),

refunded as (
    select
        account,
        charge_id,
        cast(sum(amount_minor) as bigint) as refunded_minor
    from {{ ref('int_refunds__woocommerce') }}
    group by account, charge_id
),

-- The plugin notes on a renewal which subscription it renews; the subscription knows its first order itself.
renewals as (
    select
        account,
        order_id,
        min(value) as subscription_id
    from {{ ref('stg_woocommerce__order_meta') }}
    where key = '_subscription_renewal'
    group by account, order_id
),

starts as (
    select
        account,
        {{ text_of('parent_id') }} as order_id,
        min(subscription_id) as subscription_id
    from {{ ref('stg_woocommerce__subscriptions') }}
    where parent_id <> 0 and not is_deleted
    group by account, parent_id
)

select
    orders.account,
    orders.order_id,
    goods.item_summary,
    coalesce(goods.item_count, 0) as item_count,
    coalesce(refunded.refunded_minor, 0) as refunded_minor,
    coalesce(renewals.subscription_id, starts.subscription_id) as subscription_id,
    case
        when renewals.subscription_id is not null then 'renewal'
        when starts.subscription_id is not null then 'start'
    end as occasion,
    orders.raw_status in ('processing', 'completed', 'refunded') and orders.paid_at is not null as is_captured,
    nullif(trim(coalesce(orders.first_name, '') || ' ' || coalesce(orders.last_name, '')), '') as buyer_name,
    shops.url as home
from {{ ref('stg_woocommerce__orders') }} as orders
left join goods on orders.account = goods.account and orders.order_id = goods.order_id
left join refunded on orders.account = refunded.account and orders.order_id = refunded.charge_id
left join renewals on orders.account = renewals.account and orders.order_id = renewals.order_id
left join starts on orders.account = starts.account and orders.order_id = starts.order_id
left join {{ ref('stg_woocommerce__shops') }} as shops on orders.account = shops.account
where not orders.is_deleted
