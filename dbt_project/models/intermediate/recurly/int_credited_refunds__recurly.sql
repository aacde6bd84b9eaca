-- Refunds whose tax a credit note takes back already: at Recurly a refund pays out a credit invoice.
select distinct
    refunds.account,
    refunds.transaction_id as refund_id
from {{ ref('stg_recurly__transactions') }} as refunds
inner join {{ ref('stg_recurly__invoices') }} as credits
    on refunds.account = credits.account and refunds.invoice_id = credits.invoice_id
where refunds.type = 'refund' and credits.type = 'credit' and credits.raw_status <> 'voided' and not credits.is_deleted
