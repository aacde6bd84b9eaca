-- The country that a payment's line in the report or an invoice's recipient names.
select
    account,
    'charge' as entity,
    charge_id as object_id,
    upper(reported_country) as country
from {{ ref('int_payments__paypal') }}
where reported_country <> ''
union all
select
    account,
    'invoice' as entity,
    invoice_id as object_id,
    upper(country) as country
from {{ ref('int_recipients__paypal') }}
where country <> ''
