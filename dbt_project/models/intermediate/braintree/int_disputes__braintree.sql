select
    disputes.account,
    disputes.dispute_id,
    disputes.transaction_id as charge_id,
    disputes.raw_status,
    disputes.reason,
    disputes.amount_minor,
    disputes.currency,
    -- A retrieval asks for papers; a chargeback has taken the money.
    disputes.kind = 'retrieval' as is_charge_refundable,
    disputes.evidence_due_at,
    disputes.created_at,
    merchants.url || '/disputes/' || disputes.dispute_id as dashboard_url
from {{ ref('stg_braintree__disputes') }} as disputes
left join {{ ref('int_merchants__braintree') }} as merchants on disputes.account = merchants.account
where not disputes.is_deleted
