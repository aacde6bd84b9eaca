-- The tax inside a sale. Braintree is told an amount and no rate.
select
    account,
    transaction_id as charge_id,
    tax_minor,
    cast(null as decimal(9, 4)) as rate_percent,
    true as is_inclusive
from {{ ref('stg_braintree__transactions') }}
where type = 'sale' and tax_minor <> 0 and not is_deleted
