-- Withdrawals to the bank.
select
    account,
    line_id as payout_id,
    case raw_status when 'S' then 'paid' when 'P' then 'pending' when 'D' then 'failed' else 'canceled' end as status,
    -amount_minor as amount_minor,
    currency,
    initiated_at as arrival_at,
    initiated_at as created_at,
    {{ paypal_url('activity/payment', 'transaction_id') }} as dashboard_url
from {{ ref('stg_paypal__transactions') }}
where event_code like 'T04%' and amount_sent like '-%' and not is_deleted
