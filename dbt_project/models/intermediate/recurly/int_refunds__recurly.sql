-- Money on its way back to the customer. Credit that stays on the account is a credit note, and no refund; what a bank
-- took back is a chargeback.
select
    refunds.account,
    refunds.transaction_id as refund_id,
    refunds.original_transaction_id as charge_id,
    refunds.raw_status,
    abs(refunds.amount_minor) as amount_minor,
    refunds.currency,
    invoices.customer_notes as reason,
    cast(null as {{ dbt.type_string() }}) as action_id,
    case when refunds.raw_status in ('declined', 'error') then refunds.status_message end as failure_reason,
    true as is_settled,
    refunds.created_at,
    sites.url || '/transactions/' || refunds.uuid as dashboard_url
from {{ ref('stg_recurly__transactions') }} as refunds
left join {{ ref('stg_recurly__invoices') }} as invoices
    on refunds.account = invoices.account and refunds.invoice_id = invoices.invoice_id
left join {{ ref('int_sites__recurly') }} as sites on refunds.account = sites.account
where refunds.type = 'refund' and refunds.origin <> 'chargeback' and not refunds.is_deleted
