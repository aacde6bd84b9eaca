select
    refunds.refund_ref,
    refunds.gateway,
    refunds.account,
    refunds.refund_id,
    refunds.charge_ref,
    charges.customer_ref,
    refunds.status,
    refunds.raw_status,
    refunds.amount_minor,
    refunds.currency,
    refunds.reason,
    refunds.action_id,
    refunds.failure_reason,
    refunds.created_at,
    refunds.dashboard_url
from {{ ref('int_refunds__unified') }} as refunds
left join {{ ref('int_charges__unified') }} as charges on refunds.charge_ref = charges.charge_ref
