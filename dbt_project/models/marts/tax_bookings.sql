-- Tax as it is booked, each in its own period: invoices when issued and when declared void, payments without an invoice
-- when received, credit notes when issued, refunds that no credit note explains when made. Payments, credits and
-- refunds take their share of each rate.
with booked as (
    select
        'invoice' as document,
        invoice_ref as document_ref,
        invoice_ref as taxed_ref,
        booked_at,
        sign,
        total_minor as minor
    from {{ ref('int_finance__invoices') }}
    union all
    select
        'payment' as document,
        charge_ref as document_ref,
        charge_ref as taxed_ref,
        booked_at,
        cast(null as integer) as sign,
        captured_minor as minor
    from {{ ref('int_charges__taxed') }}
    where captured_minor <> 0 and own_tax_minor <> 0
    union all
    select
        'credit note' as document,
        credit_note_ref as document_ref,
        invoice_ref as taxed_ref,
        created_at as booked_at,
        cast(null as integer) as sign,
        -total_minor as minor
    from {{ ref('int_credit_notes__unified') }}
    where coalesce(status, 'issued') not in ('void', 'voided')
    union all
    select
        'refund' as document,
        refunds.refund_ref as document_ref,
        coalesce(charges.invoice_ref, charges.charge_ref) as taxed_ref,
        refunds.booked_at,
        cast(null as integer) as sign,
        -refunds.minor as minor
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
    booked.document,
    booked.document_ref,
    taxes.invoice_ref,
    taxes.customer_ref,
    taxes.gateway,
    taxes.account,
    taxes.currency,
    taxes.country,
    cast(taxes.rate_percent as decimal(9, 4)) as rate_percent,
    taxes.category,
    booked.booked_at,
    case
        when booked.sign is not null then booked.sign * taxes.taxable_minor
        else {{ share_of('taxes.taxable_minor', 'booked.minor', 'taxes.total_minor') }}
    end as taxable_minor,
    case
        when booked.sign is not null then booked.sign * taxes.tax_minor
        else {{ share_of('taxes.tax_minor', 'booked.minor', 'taxes.total_minor') }}
    end as tax_minor
from booked
inner join {{ ref('int_tax__documents') }} as taxes on booked.taxed_ref = taxes.document_ref
