-- Coupons. A fixed one with amounts in several currencies has no single amount to show.
with amounts as (
    select
        account,
        coupon_id,
        min(off_minor) as amount_off_minor,
        min(currency) as currency
    from {{ ref('stg_recurly__coupon_amounts') }}
    where currency is not null
    group by account, coupon_id
    having count(*) = 1
)

select
    coupons.account,
    coupons.coupon_id,
    coupons.code,
    coupons.name,
    cast(case when coupons.discount_type = 'percent' then coupons.percent end as decimal(18, 4)) as percent_off,
    case when coupons.discount_type = 'fixed' then amounts.amount_off_minor end as amount_off_minor,
    case when coupons.discount_type = 'fixed' then amounts.currency end as currency,
    coupons.raw_state = 'redeemable' as is_active,
    -- Recurly tells redemptions per account and subscription, not per coupon.
    cast(null as bigint) as redemptions,
    coupons.created_at,
    coupons.redeem_by as expires_at,
    sites.url || '/coupons/' || coupons.coupon_id as dashboard_url
from {{ ref('stg_recurly__coupons') }} as coupons
left join amounts on coupons.account = amounts.account and coupons.coupon_id = amounts.coupon_id
left join {{ ref('int_sites__recurly') }} as sites on coupons.account = sites.account
where not coupons.is_deleted
