-- Charged and refunded as the balance transactions know them, over all days; see int_independent_daily__stripe.
select
    account,
    currency,
    measure,
    cast(sum(independent_minor) as bigint) as independent_minor
from {{ ref('int_independent_daily__stripe') }}
group by account, currency, measure
