-- An invoice's taxes drawn together by country, rate and category. Where the rate names no country, the invoice does.
select
    invoices.invoice_ref,
    invoices.customer_ref,
    invoices.gateway,
    invoices.account,
    invoices.currency,
    invoices.total_minor,
    coalesce(
        upper(nullif(lines.jurisdiction_country, '')),
        countries.country,
        upper(nullif(customers.address_country, '')),
        'ZZ'
    ) as country,
    cast(coalesce(lines.rate_percent, 0) as decimal(9, 4)) as rate_percent,
    case
        when lines.taxability_reason = 'reverse_charge' then 'reverse charge'
        when lines.is_inclusive then 'inclusive'
        else 'exclusive'
    end as category,
    cast(sum(lines.taxable_minor) as bigint) as taxable_minor,
    cast(sum(lines.tax_minor) as bigint) as tax_minor
from {{ ref('int_invoices__unified') }} as invoices
inner join {{ ref('int_tax_lines__unified') }} as lines on invoices.invoice_ref = lines.invoice_ref
left join {{ ref('int_customers__unified') }} as customers on invoices.customer_ref = customers.customer_ref
left join {{ ref('int_details__countries') }} as countries
    on
        invoices.gateway = countries.gateway
        and invoices.account = countries.account
        and invoices.invoice_id = countries.object_id
        and countries.entity = 'invoice'
group by
    invoices.invoice_ref,
    invoices.customer_ref,
    invoices.gateway,
    invoices.account,
    invoices.currency,
    invoices.total_minor,
    coalesce(
        upper(nullif(lines.jurisdiction_country, '')),
        countries.country,
        upper(nullif(customers.address_country, '')),
        'ZZ'
    ),
    coalesce(lines.rate_percent, 0),
    case
        when lines.taxability_reason = 'reverse_charge' then 'reverse charge'
        when lines.is_inclusive then 'inclusive'
        else 'exclusive'
    end
