{%- set columns = [
    'account', 'coupon_id', 'code', 'name', 'percent_off', 'amount_off_minor', 'currency',
    'is_active', 'redemptions', 'created_at', 'expires_at', 'dashboard_url'
] -%}

with unioned as (
    {{ union_gateways('coupons', 'coupon_ref', 'coupon_id', columns) }}
)

select
    unioned.gateway,
    unioned.coupon_ref,
    unioned.account,
    unioned.coupon_id,
    unioned.code,
    unioned.name,
    cast(unioned.percent_off as decimal(18, 4)) as percent_off,
    unioned.amount_off_minor,
    unioned.currency,
    unioned.is_active,
    unioned.redemptions,
    unioned.created_at,
    unioned.expires_at,
    unioned.dashboard_url
from unioned
