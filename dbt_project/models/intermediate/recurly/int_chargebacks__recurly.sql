-- Money that a bank took back. It is a transaction's last state, so its last change is the day.
select
    account,
    transaction_id as charge_id,
    amount_minor,
    currency,
    coalesce(updated_at, created_at) as taken_at
from {{ ref('stg_recurly__transactions') }}
where raw_status = 'chargeback' and type in ('purchase', 'capture') and not is_deleted
