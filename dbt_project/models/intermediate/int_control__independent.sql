-- Charged and refunded as the balance transactions know them: money that really moved, booked apart from the objects.
-- A balance keeps its account's own currency, so a currency that is converted on arrival has no independent figure.
with movements as (
    select
        transactions.gateway,
        transactions.account,
        transactions.measure,
        charges.currency,
        case when transactions.currency = charges.currency then 0 else 1 end as is_converted,
        case transactions.measure
            when 'refunded' then -transactions.amount_minor else transactions.amount_minor
        end as minor
    from {{ ref('int_balance_transactions__unified') }} as transactions
    inner join {{ ref('int_charges__unified') }} as charges on transactions.charge_ref = charges.charge_ref
    where transactions.measure is not null
)

select
    gateway,
    account,
    currency,
    measure,
    case when max(is_converted) = 0 then cast(sum(minor) as bigint) end as independent_minor
from movements
group by gateway, account, currency, measure
