select
    transactions.account,
    transactions.balance_transaction_id,
    transactions.source_id,
    transactions.type,
    -- What the movement is in our words, so that totals can be compared without Stripe's list of types.
    case
        when transactions.type in ('charge', 'payment') then 'charged'
        when transactions.type in (
            'refund', 'payment_refund', 'refund_failure', 'payment_failure_refund'
        ) then 'refunded'
    end as measure,
    coalesce(refunds.charge_id, charges.charge_id) as charge_id,
    transactions.amount_minor,
    transactions.fee_minor,
    transactions.net_minor,
    transactions.currency,
    transactions.available_at,
    transactions.created_at,
    {{ stripe_url('search?query=', 'transactions.balance_transaction_id', 'modes.is_live') }} as dashboard_url
from {{ ref('stg_stripe__balance_transactions') }} as transactions
left join {{ ref('stg_stripe__refunds') }} as refunds
    on transactions.account = refunds.account and transactions.source_id = refunds.refund_id
left join {{ ref('stg_stripe__charges') }} as charges
    on transactions.account = charges.account and transactions.source_id = charges.charge_id
left join {{ ref('int_account_modes__stripe') }} as modes on transactions.account = modes.account
where not transactions.is_deleted
