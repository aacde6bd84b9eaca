select
    coupons.account,
    coupons.coupon_id,
    -- What a customer types is a promotion code, which we do not load.
    cast(null as {{ dbt.type_string() }}) as code,
    coupons.name,
    cast(coupons.percent_off as decimal(18, 4)) as percent_off,
    coupons.off_minor as amount_off_minor,
    case when coupons.percent_off is null then coupons.currency end as currency,
    coupons.is_valid as is_active,
    coupons.redemptions,
    coupons.created_at,
    coupons.expires_at,
    {{ stripe_url('coupons', 'coupons.coupon_id', 'modes.is_live') }} as dashboard_url
from {{ ref('stg_stripe__coupons') }} as coupons
left join {{ ref('int_account_modes__stripe') }} as modes on coupons.account = modes.account
where not coupons.is_deleted
