-- Each charge with its country and with the tax that its invoice holds, so that a part paid carries a part of the tax.
select
    charges.charge_ref,
    charges.gateway,
    charges.account,
    charges.currency,
    charges.captured_minor,
    coalesce(charges.captured_at, charges.created_at) as booked_at,
    invoices.invoice_ref,
    coalesce(invoices.tax_minor, 0) as invoice_tax_minor,
    coalesce(invoices.total_minor, 0) as invoice_total_minor,
    coalesce(countries.country, upper(nullif(customers.address_country, '')), 'ZZ') as country
from {{ ref('int_charges__unified') }} as charges
left join {{ ref('int_invoices__unified') }} as invoices on charges.invoice_ref = invoices.invoice_ref
left join {{ ref('int_customers__unified') }} as customers on charges.customer_ref = customers.customer_ref
left join {{ ref('int_details__countries') }} as countries
    on
        charges.gateway = countries.gateway
        and charges.account = countries.account
        and charges.charge_id = countries.object_id
        and countries.entity = 'charge'
