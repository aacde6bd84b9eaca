-- Charged and refunded as the balance transactions know them: money that really moved, booked apart from the objects.
-- A balance keeps its account's own currency, so a currency that is converted on arrival has no independent figure.
-- The day is that of the deed, since money may reach the balance later: the charge's, or the refund's or its failure's.
with movements as (
    select
        transactions.account,
        cast(
            case
                when transactions.measure = 'charged' then coalesce(charges.captured_at, charges.created_at)
                when transactions.amount_minor > 0 then transactions.created_at
                else coalesce(refunds.created_at, transactions.created_at)
            end as date
        ) as day,
        transactions.measure,
        charges.currency,
        case when transactions.currency = charges.currency then 0 else 1 end as is_converted,
        case transactions.measure
            when 'refunded' then -transactions.amount_minor else transactions.amount_minor
        end as minor
    from {{ ref('int_balance_transactions__stripe') }} as transactions
    inner join {{ ref('int_charges__stripe') }} as charges
        on transactions.account = charges.account and transactions.charge_id = charges.charge_id
    left join {{ ref('int_refunds__stripe') }} as refunds
        on transactions.account = refunds.account and transactions.source_id = refunds.refund_id
    where transactions.measure is not null
),

judged as (
    select
        account,
        day,
        measure,
        currency,
        minor,
        max(is_converted) over (partition by account, currency, measure) as is_converted
    from movements
)

select
    account,
    day,
    currency,
    measure,
    case when max(is_converted) = 0 then cast(sum(minor) as bigint) end as independent_minor
from judged
group by account, day, currency, measure
