select
    account,
    credit_note_id,
    invoice_id,
    customer_id,
    number,
    raw_status as status,
    total_minor,
    currency,
    reason,
    created_at,
    {{ stripe_url('credit_notes', 'credit_note_id', 'is_live') }} as dashboard_url
from {{ ref('stg_stripe__credit_notes') }}
where not is_deleted
