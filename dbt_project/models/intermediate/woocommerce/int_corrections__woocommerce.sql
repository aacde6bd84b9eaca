-- Orders that were cancelled, on the day of their last change: the shop keeps no date of the cancellation itself.
select
    account,
    'invoice' as entity,
    order_id as object_id,
    modified_at as corrected_at
from {{ ref('stg_woocommerce__orders') }}
where raw_status = 'cancelled' and not is_deleted
