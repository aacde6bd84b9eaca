-- What tax is owed for, one row per document, country, rate and category: invoices, and payments whose gateway tells
-- their tax although they pay no invoice. Of a rate that nobody told there is only the amount.
select
    'invoice' as document,
    invoice_ref as document_ref,
    invoice_ref,
    customer_ref,
    gateway,
    account,
    currency,
    total_minor,
    country,
    cast(rate_percent as decimal(9, 4)) as rate_percent,
    category,
    taxable_minor,
    tax_minor
from {{ ref('int_tax__invoices') }}
union all
select
    'payment' as document,
    charge_ref as document_ref,
    cast(null as {{ dbt.type_string() }}) as invoice_ref,
    customer_ref,
    gateway,
    account,
    currency,
    document_total_minor as total_minor,
    country,
    cast(coalesce(own_rate_percent, 0) as decimal(9, 4)) as rate_percent,
    case
        when own_rate_percent is null then 'rate not told'
        when is_own_tax_inclusive then 'inclusive'
        else 'exclusive'
    end as category,
    document_total_minor - own_tax_minor as taxable_minor,
    own_tax_minor as tax_minor
from {{ ref('int_charges__taxed') }}
where own_tax_minor <> 0
