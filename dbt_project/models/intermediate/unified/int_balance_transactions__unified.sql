{%- set columns = [
    'account', 'balance_transaction_id', 'source_id', 'type', 'measure', 'charge_id',
    'amount_minor', 'fee_minor', 'net_minor', 'currency', 'available_at', 'created_at',
    'dashboard_url'
] -%}

with unioned as (
    {{ union_gateways('balance_transactions', 'balance_transaction_ref', 'balance_transaction_id', columns) }}
)

select
    unioned.gateway,
    unioned.balance_transaction_ref,
    unioned.account,
    unioned.balance_transaction_id,
    unioned.source_id,
    unioned.type,
    unioned.measure,
    unioned.charge_id,
    unioned.amount_minor,
    unioned.fee_minor,
    unioned.net_minor,
    unioned.currency,
    unioned.available_at,
    unioned.created_at,
    unioned.dashboard_url,
    {{ object_ref('unioned.gateway', 'unioned.charge_id', 'unioned.account') }} as charge_ref
from unioned
