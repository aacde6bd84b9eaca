select
    payout_ref,
    gateway,
    account,
    payout_id,
    status,
    amount_minor,
    currency,
    arrival_at,
    created_at,
    dashboard_url
from {{ ref('int_payouts__unified') }}
