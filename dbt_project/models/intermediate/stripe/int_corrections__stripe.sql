-- What was taken back on a later day: refunds that failed after the money had left, and invoices declared void.
with returns as (
    select
        account,
        source_id as refund_id,
        min(created_at) as corrected_at
    from {{ ref('int_balance_transactions__stripe') }}
    where measure = 'refunded' and amount_minor > 0
    group by account, source_id
)

select
    account,
    'refund' as entity,
    refund_id as object_id,
    corrected_at
from returns
union all
select
    account,
    'invoice' as entity,
    invoice_id as object_id,
    voided_at as corrected_at
from {{ ref('stg_stripe__invoices') }}
where raw_status = 'void' and voided_at is not null and issued_at is not null
