{%- set columns = [
    'account', 'refund_id', 'charge_id', 'raw_status', 'amount_minor', 'currency', 'reason',
    'action_id', 'failure_reason', 'is_settled', 'created_at', 'dashboard_url'
] -%}

with unioned as (
    {{ union_gateways('refunds', 'refund_ref', 'refund_id', columns) }}
)

select
    unioned.gateway,
    unioned.refund_ref,
    unioned.account,
    unioned.refund_id,
    unioned.charge_id,
    unioned.raw_status,
    unioned.amount_minor,
    unioned.currency,
    unioned.reason,
    unioned.action_id,
    unioned.failure_reason,
    unioned.is_settled,
    unioned.created_at,
    unioned.dashboard_url,
    {{ object_ref('unioned.gateway', 'unioned.charge_id', 'unioned.account') }} as charge_ref,
    statuses.status as status
from unioned
left join {{ ref('gateway_status_map') }} as statuses
    on
        unioned.gateway = statuses.gateway
        and unioned.raw_status = statuses.raw_status
        and statuses.entity = 'refund'
