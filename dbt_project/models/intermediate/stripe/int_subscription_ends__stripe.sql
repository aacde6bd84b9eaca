-- When a subscription really ended: canceled_at is the moment of the request. One never paid for never ran.
select
    account,
    subscription_id,
    case when raw_status = 'incomplete_expired' then created_at else ended_at end as ended_at
from {{ ref('stg_stripe__subscriptions') }}
where ended_at is not null or raw_status = 'incomplete_expired'
