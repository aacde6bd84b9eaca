-- Charged as the invoices know it, refunded as the credit payments do: other lists than the transactions'.
with sums as (
    select
        account,
        currency,
        'charged' as measure,
        paid_minor as minor
    from {{ ref('stg_recurly__invoices') }}
    where type <> 'credit' and not is_deleted
    union all
    select
        account,
        currency,
        'refunded' as measure,
        amount_minor as minor
    from {{ ref('stg_recurly__credit_payments') }}
    where action = 'refund' and refund_transaction_id is not null and voided_at is null and not is_deleted
)

select
    account,
    currency,
    measure,
    cast(sum(minor) as bigint) as independent_minor
from sums
group by account, currency, measure
