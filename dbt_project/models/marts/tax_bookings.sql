-- Tax as it is booked, each in its own period: invoices when issued and when declared void, credit notes when
-- issued, refunds that no credit note explains when made. Credits and refunds take their share of each rate.
with credits as (
    select
        'credit note' as document,
        credit_note_ref as document_ref,
        invoice_ref,
        created_at as booked_at,
        total_minor as minor
    from {{ ref('int_credit_notes__unified') }}
    where coalesce(status, 'issued') not in ('void', 'voided')
    union all
    select
        'refund' as document,
        refunds.refund_ref as document_ref,
        charges.invoice_ref,
        refunds.booked_at,
        refunds.minor
    from {{ ref('int_finance__refunds') }} as refunds
    inner join {{ ref('int_charges__taxed') }} as charges on refunds.charge_ref = charges.charge_ref
    where not exists (
        select 1
        from {{ ref('int_details__credited_refunds') }} as credited
        where
            credited.gateway = refunds.gateway
            and credited.account = refunds.account
            and credited.refund_id = refunds.refund_id
    )
)

select
    'invoice' as document,
    taxes.invoice_ref as document_ref,
    taxes.invoice_ref,
    taxes.customer_ref,
    taxes.gateway,
    taxes.account,
    taxes.currency,
    taxes.country,
    cast(taxes.rate_percent as decimal(9, 4)) as rate_percent,
    taxes.category,
    booked.booked_at,
    booked.sign * taxes.taxable_minor as taxable_minor,
    booked.sign * taxes.tax_minor as tax_minor
from {{ ref('int_finance__invoices') }} as booked
inner join {{ ref('int_tax__invoices') }} as taxes on booked.invoice_ref = taxes.invoice_ref
union all
select
    credits.document,
    credits.document_ref,
    taxes.invoice_ref,
    taxes.customer_ref,
    taxes.gateway,
    taxes.account,
    taxes.currency,
    taxes.country,
    cast(taxes.rate_percent as decimal(9, 4)) as rate_percent,
    taxes.category,
    credits.booked_at,
    -{{ share_of('taxes.taxable_minor', 'credits.minor', 'taxes.total_minor') }} as taxable_minor,
    -{{ share_of('taxes.tax_minor', 'credits.minor', 'taxes.total_minor') }} as tax_minor
from credits
inner join {{ ref('int_tax__invoices') }} as taxes on credits.invoice_ref = taxes.invoice_ref
