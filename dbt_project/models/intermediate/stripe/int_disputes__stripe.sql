select
    account,
    dispute_id,
    charge_id,
    raw_status,
    reason,
    amount_minor,
    currency,
    is_charge_refundable,
    evidence_due_at,
    created_at,
    {{ stripe_url('disputes', 'dispute_id', 'is_live') }} as dashboard_url
from {{ ref('stg_stripe__disputes') }}
where not is_deleted
