-- Each charge with its country and with the tax of the document that it pays, so that a part paid carries a part of the
-- tax: its invoice, or the sale itself where the gateway tells the tax of a charge without one.
select
    charges.charge_ref,
    charges.customer_ref,
    charges.gateway,
    charges.account,
    charges.currency,
    charges.captured_minor,
    coalesce(charges.captured_at, charges.created_at) as booked_at,
    invoices.invoice_ref,
    coalesce(invoices.tax_minor, own.tax_minor, 0) as document_tax_minor,
    coalesce(invoices.total_minor, case when own.charge_id is not null then charges.amount_minor end, 0)
        as document_total_minor,
    case when invoices.invoice_ref is null then own.tax_minor end as own_tax_minor,
    own.rate_percent as own_rate_percent,
    own.is_inclusive as is_own_tax_inclusive,
    coalesce(countries.country, upper(nullif(customers.address_country, '')), 'ZZ') as country
from {{ ref('int_charges__unified') }} as charges
left join {{ ref('int_invoices__unified') }} as invoices on charges.invoice_ref = invoices.invoice_ref
left join {{ ref('int_customers__unified') }} as customers on charges.customer_ref = customers.customer_ref
left join {{ ref('int_details__charge_taxes') }} as own
    on
        charges.gateway = own.gateway
        and charges.account = own.account
        and charges.charge_id = own.charge_id
left join {{ ref('int_details__countries') }} as countries
    on
        charges.gateway = countries.gateway
        and charges.account = countries.account
        and charges.charge_id = countries.object_id
        and countries.entity = 'charge'
