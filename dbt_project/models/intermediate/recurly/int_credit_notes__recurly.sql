-- Credit invoices: what was credited, whether it went back to the card or stayed on the account.
select
    credits.account,
    credits.invoice_id as credit_note_id,
    credits.previous_invoice_id as invoice_id,
    credits.customer_id,
    credits.number,
    credits.raw_status as status,
    abs(credits.total_minor) as total_minor,
    credits.currency,
    coalesce(credits.customer_notes, credits.origin) as reason,
    credits.created_at,
    sites.url || '/invoices/' || credits.number as dashboard_url
from {{ ref('stg_recurly__invoices') }} as credits
left join {{ ref('int_sites__recurly') }} as sites on credits.account = sites.account
where credits.type = 'credit' and not credits.is_deleted
