-- The country that a charge or invoice itself names: it stays when the customer moves or is deleted.
select
    account,
    'charge' as entity,
    charge_id as object_id,
    upper(billing_country) as country
from {{ ref('stg_stripe__charges') }}
where billing_country <> ''
union all
select
    account,
    'invoice' as entity,
    invoice_id as object_id,
    upper(customer_country) as country
from {{ ref('stg_stripe__invoices') }}
where customer_country <> ''
