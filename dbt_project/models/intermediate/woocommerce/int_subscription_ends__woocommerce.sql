-- When a subscription really ended; one that is only to end keeps running until then. A status set through the API
-- leaves the dates alone, so the last change stands in for them.
select
    account,
    subscription_id,
    coalesce(end_at, canceled_at, modified_at) as ended_at
from {{ ref('stg_woocommerce__subscriptions') }}
where raw_status in ('cancelled', 'expired', 'switched')
