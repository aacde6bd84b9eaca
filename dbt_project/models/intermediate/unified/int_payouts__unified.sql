{%- set columns = [
    'account', 'payout_id', 'status', 'amount_minor', 'currency', 'arrival_at', 'created_at',
    'dashboard_url'
] -%}

with unioned as (
    {{ union_gateways('payouts', 'payout_ref', 'payout_id', columns) }}
)

select
    unioned.gateway,
    unioned.payout_ref,
    unioned.account,
    unioned.payout_id,
    unioned.status,
    unioned.amount_minor,
    unioned.currency,
    unioned.arrival_at,
    unioned.created_at,
    unioned.dashboard_url
from unioned
