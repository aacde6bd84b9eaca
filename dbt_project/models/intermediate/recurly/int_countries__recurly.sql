-- The country that an invoice names, and with it the payments on it: it stays when the account's address changes.
select
    account,
    'invoice' as entity,
    invoice_id as object_id,
    upper(country) as country
from {{ ref('stg_recurly__invoices') }}
where country <> ''
union all
select
    transactions.account,
    'charge' as entity,
    transactions.transaction_id as object_id,
    upper(invoices.country) as country
from {{ ref('stg_recurly__transactions') }} as transactions
inner join {{ ref('stg_recurly__invoices') }} as invoices
    on transactions.account = invoices.account and transactions.invoice_id = invoices.invoice_id
where transactions.type <> 'refund' and invoices.country <> ''
