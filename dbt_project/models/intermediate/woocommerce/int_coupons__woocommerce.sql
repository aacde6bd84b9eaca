select
    coupons.account,
    coupons.coupon_id,
    coupons.code,
    coalesce(nullif(coupons.description, ''), coupons.code) as name,
    case when coupons.kind = 'percent' then cast(coupons.amount_sent as decimal(18, 4)) end as percent_off,
    case
        when coupons.kind <> 'percent' then {{ major_to_minor('coupons.amount_sent', 'currencies.exponent') }}
    end as amount_off_minor,
    case when coupons.kind <> 'percent' then coupons.amount_sent end as amount_off_sent,
    case when coupons.kind <> 'percent' then shops.currency end as currency,
    coupons.raw_status = 'publish' and (coupons.expires_at is null or coupons.expires_at > {{ as_of() }}) as is_active,
    coupons.usage_count as redemptions,
    coupons.created_at,
    coupons.expires_at,
    {{ woocommerce_url('coupon', 'coupons.coupon_id', 'shops.url') }} as dashboard_url
from {{ ref('stg_woocommerce__coupons') }} as coupons
left join {{ ref('stg_woocommerce__shops') }} as shops on coupons.account = shops.account
left join {{ ref('currencies') }} as currencies on shops.currency = currencies.currency
where not coupons.is_deleted
