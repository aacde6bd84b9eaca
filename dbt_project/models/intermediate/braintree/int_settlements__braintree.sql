-- When a transaction was captured and settled, and whether its day's settlement batch summary is there to vouch for it.
with moments as (
    select
        account,
        transaction_id,
        min(case when raw_status = 'submitted_for_settlement' then happened_at end) as captured_at
    from {{ ref('stg_braintree__transaction_events') }}
    group by account, transaction_id
)

select
    transactions.account,
    transactions.transaction_id,
    moments.captured_at,
    transactions.raw_status in (
        'submitted_for_settlement', 'settling', 'settlement_confirmed', 'settled'
    ) as is_captured,
    transactions.raw_status = 'settled' and summaries.settlement_day is not null as is_settled
from {{ ref('stg_braintree__transactions') }} as transactions
left join moments
    on transactions.account = moments.account and transactions.transaction_id = moments.transaction_id
left join {{ ref('stg_braintree__settlement_batch_summaries') }} as summaries
    on
        transactions.account = summaries.account
        and substr(transactions.settlement_batch_id, 1, 10) = summaries.settlement_day
