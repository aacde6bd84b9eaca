select
    refunds.account,
    refunds.refund_id,
    refunds.charge_id,
    refunds.raw_status,
    refunds.amount_minor,
    refunds.currency,
    refunds.reason,
    refunds.action_id,
    refunds.failure_reason,
    refunds.balance_transaction_id is not null as is_settled,
    refunds.created_at,
    {{ stripe_url('refunds', 'refunds.refund_id', 'modes.is_live') }} as dashboard_url
from {{ ref('stg_stripe__refunds') }} as refunds
left join {{ ref('int_account_modes__stripe') }} as modes on refunds.account = modes.account
where not refunds.is_deleted
