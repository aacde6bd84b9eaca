select
    disputes.account,
    disputes.dispute_id,
    transactions.charge_id,
    -- What became of a resolved dispute is told by its outcome.
    case
        when disputes.raw_state = 'RESOLVED' then coalesce(disputes.outcome, 'NONE') else disputes.raw_state
    end as raw_status,
    lower(disputes.reason) as reason,
    disputes.amount_minor,
    disputes.currency,
    -- An inquiry can be ended with a refund; a chargeback forbids one.
    coalesce(disputes.stage = 'INQUIRY', false) as is_charge_refundable,
    disputes.evidence_due_at,
    disputes.created_at,
    {{ paypal_url('resolutioncenter/view', 'disputes.dispute_id') }} as dashboard_url
from {{ ref('stg_paypal__disputes') }} as disputes
left join {{ ref('stg_paypal__dispute_transactions') }} as transactions
    on
        disputes.account = transactions.account
        and disputes.dispute_id = transactions.dispute_id
        and transactions.position = 1
where not disputes.is_deleted
