select
    coupon_ref,
    gateway,
    account,
    coupon_id,
    code,
    name,
    percent_off,
    amount_off_minor,
    currency,
    is_active,
    redemptions,
    created_at,
    expires_at,
    dashboard_url
from {{ ref('int_coupons__unified') }}
