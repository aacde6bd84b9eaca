-- When a subscription really ended: canceled_at is the moment of the request.
select
    account,
    subscription_id,
    expires_at as ended_at
from {{ ref('stg_recurly__subscriptions') }}
where raw_state in ('expired', 'failed') and expires_at is not null
