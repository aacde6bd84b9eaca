{%- set columns = [
    'account', 'charge_id', 'customer_id', 'payment_intent_id', 'invoice_id', 'email', 'name',
    'raw_status', 'is_captured', 'is_released', 'is_disputed', 'is_settled', 'amount_minor',
    'captured_minor', 'refunded_minor', 'currency', 'description', 'method_brand', 'method_last4',
    'method_type', 'failure_code', 'failure_message', 'created_at', 'captured_at', 'dashboard_url'
] -%}

with unioned as (
    {{ union_gateways('charges', 'charge_ref', 'charge_id', columns) }}
)

select
    unioned.gateway,
    unioned.charge_ref,
    unioned.account,
    unioned.charge_id,
    unioned.customer_id,
    unioned.payment_intent_id,
    unioned.invoice_id,
    unioned.email,
    unioned.name,
    unioned.raw_status,
    unioned.is_captured,
    unioned.is_released,
    unioned.is_disputed,
    unioned.is_settled,
    unioned.amount_minor,
    unioned.captured_minor,
    unioned.refunded_minor,
    unioned.currency,
    unioned.description,
    unioned.method_brand,
    unioned.method_last4,
    unioned.method_type,
    unioned.failure_code,
    unioned.failure_message,
    unioned.created_at,
    unioned.captured_at,
    unioned.dashboard_url,
    {{ object_ref('unioned.gateway', 'unioned.customer_id', 'unioned.account') }} as customer_ref,
    {{ object_ref('unioned.gateway', 'unioned.invoice_id', 'unioned.account') }} as invoice_ref,
    case
        when coalesce(statuses.status, '') <> 'paid' or unioned.is_captured then statuses.status
        when unioned.is_released then 'voided'
        else 'authorized'
    end as status
from unioned
left join {{ ref('gateway_status_map') }} as statuses
    on
        unioned.gateway = statuses.gateway
        and unioned.raw_status = statuses.raw_status
        and statuses.entity = 'charge'
