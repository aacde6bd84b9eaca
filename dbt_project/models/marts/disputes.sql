select
    disputes.dispute_ref,
    disputes.gateway,
    disputes.account,
    disputes.dispute_id,
    disputes.charge_ref,
    charges.customer_ref,
    disputes.status,
    disputes.raw_status,
    disputes.reason,
    disputes.amount_minor,
    disputes.currency,
    disputes.evidence_due_at,
    disputes.created_at,
    disputes.dashboard_url
from {{ ref('int_disputes__unified') }} as disputes
left join {{ ref('int_charges__unified') }} as charges on disputes.charge_ref = charges.charge_ref
