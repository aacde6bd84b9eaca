select
    account,
    payout_id,
    raw_status as status,
    amount_minor,
    currency,
    arrival_at,
    created_at,
    {{ stripe_url('payouts', 'payout_id', 'is_live') }} as dashboard_url
from {{ ref('stg_stripe__payouts') }}
where not is_deleted
