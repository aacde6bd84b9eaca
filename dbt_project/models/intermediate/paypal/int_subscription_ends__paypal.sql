-- When a subscription ended: a cancellation takes effect at once.
select
    account,
    subscription_id,
    status_changed_at as ended_at
from {{ ref('stg_paypal__subscriptions') }}
where raw_status in ('CANCELLED', 'EXPIRED')
