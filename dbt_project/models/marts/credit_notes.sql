select
    credit_note_ref,
    gateway,
    account,
    credit_note_id,
    invoice_ref,
    customer_ref,
    number,
    status,
    total_minor,
    currency,
    reason,
    created_at,
    dashboard_url
from {{ ref('int_credit_notes__unified') }}
