-- What came in and what went off again, one row per booking, by the country of the charge.
select
    gateway,
    account,
    currency,
    country,
    booked_at,
    captured_minor as gross_minor,
    0 as refunds_minor,
    0 as disputes_minor,
    0 as fees_minor,
    {{ share_of('document_tax_minor', 'captured_minor', 'document_total_minor') }} as tax_minor
from {{ ref('int_charges__taxed') }}
where captured_minor <> 0
union all
select
    refunds.gateway,
    refunds.account,
    refunds.currency,
    coalesce(charges.country, 'ZZ') as country,
    refunds.booked_at,
    0 as gross_minor,
    refunds.minor as refunds_minor,
    0 as disputes_minor,
    0 as fees_minor,
    -{{ share_of('charges.document_tax_minor', 'refunds.minor', 'charges.document_total_minor') }} as tax_minor
from {{ ref('int_finance__refunds') }} as refunds
left join {{ ref('int_charges__taxed') }} as charges on refunds.charge_ref = charges.charge_ref
union all
select
    disputes.gateway,
    disputes.account,
    disputes.currency,
    coalesce(charges.country, 'ZZ') as country,
    disputes.booked_at,
    0 as gross_minor,
    0 as refunds_minor,
    disputes.minor as disputes_minor,
    0 as fees_minor,
    0 as tax_minor
from {{ ref('int_finance__disputes') }} as disputes
left join {{ ref('int_charges__taxed') }} as charges on disputes.charge_ref = charges.charge_ref
union all
select
    transactions.gateway,
    transactions.account,
    transactions.currency,
    coalesce(charges.country, 'ZZ') as country,
    transactions.created_at as booked_at,
    0 as gross_minor,
    0 as refunds_minor,
    0 as disputes_minor,
    transactions.fee_minor as fees_minor,
    0 as tax_minor
from {{ ref('int_balance_transactions__unified') }} as transactions
left join {{ ref('int_disputes__unified') }} as disputes
    on
        transactions.gateway = disputes.gateway
        and transactions.account = disputes.account
        and transactions.source_id = disputes.dispute_id
left join {{ ref('int_charges__taxed') }} as charges
    on coalesce(transactions.charge_ref, disputes.charge_ref) = charges.charge_ref
where transactions.fee_minor <> 0
