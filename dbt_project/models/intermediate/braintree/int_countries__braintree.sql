-- The country that a sale was billed to: it stays when the customer moves or is deleted.
select
    account,
    'charge' as entity,
    transaction_id as object_id,
    upper(billing_country) as country
from {{ ref('stg_braintree__transactions') }}
where type = 'sale' and billing_country <> ''
