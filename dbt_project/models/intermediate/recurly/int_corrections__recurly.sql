-- What was taken back on a later day: refunds that failed, whose credit payment is voided then.
select
    account,
    'refund' as entity,
    refund_transaction_id as object_id,
    min(voided_at) as corrected_at
from {{ ref('stg_recurly__credit_payments') }}
where action = 'refund' and refund_transaction_id is not null and voided_at is not null
group by account, refund_transaction_id
