-- Invoices as they are booked: on the day they were finalised, and taken back on the day they were declared void.
with judged as (
    select
        invoices.gateway,
        invoices.account,
        invoices.invoice_ref,
        invoices.currency,
        invoices.total_minor,
        invoices.tax_minor,
        invoices.status,
        coalesce(invoices.issued_at, invoices.created_at) as issued_at,
        corrections.corrected_at
    from {{ ref('int_invoices__unified') }} as invoices
    left join {{ ref('int_details__corrections') }} as corrections
        on
            invoices.gateway = corrections.gateway
            and invoices.account = corrections.account
            and invoices.invoice_id = corrections.object_id
            and corrections.entity = 'invoice'
)

select
    gateway,
    account,
    invoice_ref,
    currency,
    issued_at as booked_at,
    1 as sign,
    total_minor,
    tax_minor
from judged
where status in ('open', 'paid', 'uncollectible') or (status = 'void' and corrected_at is not null)
union all
select
    gateway,
    account,
    invoice_ref,
    currency,
    corrected_at as booked_at,
    -1 as sign,
    -total_minor as total_minor,
    -tax_minor as tax_minor
from judged
where status = 'void' and corrected_at is not null
