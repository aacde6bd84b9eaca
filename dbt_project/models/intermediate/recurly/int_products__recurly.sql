-- Plans. One with prices in several currencies has no single price to show.
with prices as (
    select
        account,
        plan_id,
        min(unit_minor) as price_minor,
        min(currency) as currency
    from {{ ref('stg_recurly__plan_prices') }}
    where currency is not null
    group by account, plan_id
    having count(*) = 1
)

select
    plans.account,
    plans.plan_id as product_id,
    plans.name,
    plans.code as sku,
    'plan' as kind,
    plans.raw_state = 'active' and not plans.is_deleted as is_active,
    prices.price_minor,
    prices.currency,
    plans.created_at,
    sites.url || '/plans/' || plans.plan_id as dashboard_url
from {{ ref('stg_recurly__plans') }} as plans
left join prices on plans.account = prices.account and plans.plan_id = prices.plan_id
left join {{ ref('int_sites__recurly') }} as sites on plans.account = sites.account
where not plans.is_deleted
