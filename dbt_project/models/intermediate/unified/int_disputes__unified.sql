{%- set columns = [
    'account', 'dispute_id', 'charge_id', 'raw_status', 'reason', 'amount_minor', 'currency',
    'is_charge_refundable', 'evidence_due_at', 'created_at', 'dashboard_url'
] -%}

with unioned as (
    {{ union_gateways('disputes', 'dispute_ref', 'dispute_id', columns) }}
)

select
    unioned.gateway,
    unioned.dispute_ref,
    unioned.account,
    unioned.dispute_id,
    unioned.charge_id,
    unioned.raw_status,
    unioned.reason,
    unioned.amount_minor,
    unioned.currency,
    unioned.is_charge_refundable,
    unioned.evidence_due_at,
    unioned.created_at,
    unioned.dashboard_url,
    {{ object_ref('unioned.gateway', 'unioned.charge_id', 'unioned.account') }} as charge_ref,
    statuses.status as status
from unioned
left join {{ ref('gateway_status_map') }} as statuses
    on
        unioned.gateway = statuses.gateway
        and unioned.raw_status = statuses.raw_status
        and statuses.entity = 'dispute'
