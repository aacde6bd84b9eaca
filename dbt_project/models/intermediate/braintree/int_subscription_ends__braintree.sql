-- When a subscription was canceled or ran out.
select
    account,
    subscription_id,
    max(happened_at) as ended_at
from {{ ref('stg_braintree__subscription_events') }}
where raw_status in ('Canceled', 'Expired') and not is_deleted
group by account, subscription_id
