-- When what was counted stopped to count: a refund that failed, an invoice that was canceled.
select
    account,
    'refund' as entity,
    refund_id as object_id,
    updated_at as corrected_at
from {{ ref('stg_paypal__refunds') }}
where raw_status in ('FAILED', 'CANCELLED')
union all
select
    account,
    'invoice' as entity,
    invoice_id as object_id,
    canceled_at as corrected_at
from {{ ref('stg_paypal__invoices') }}
where raw_status = 'CANCELLED' and canceled_at is not null
