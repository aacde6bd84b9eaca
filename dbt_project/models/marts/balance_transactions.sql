select
    balance_transaction_ref,
    gateway,
    account,
    balance_transaction_id,
    source_id,
    type,
    amount_minor,
    fee_minor,
    net_minor,
    currency,
    available_at,
    created_at,
    dashboard_url
from {{ ref('int_balance_transactions__unified') }}
