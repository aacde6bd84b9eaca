select distinct
    discounts.account,
    discounts.invoice_id,
    -- People know the coupon by its id, where no code stands for it.
    coalesce(coupons.code, discounts.coupon_id) as coupon_code
from {{ ref('stg_stripe__invoice_discounts') }} as discounts
left join {{ ref('int_coupons__stripe') }} as coupons
    on discounts.account = coupons.account and discounts.coupon_id = coupons.coupon_id
where discounts.coupon_id is not null and not discounts.is_deleted
