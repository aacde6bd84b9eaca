with lines as (
    select
        account,
        transaction_id,
        min(case when reference_type = 'TXN' then reference_id end) as charge_id,
        max(case when raw_status in ('S', 'F', 'V') then 1 else 0 end) as is_settled
    from {{ ref('stg_paypal__transactions') }}
    where event_code = 'T1107' and not is_deleted
    group by account, transaction_id
)

select
    refunds.account,
    refunds.refund_id,
    coalesce(captures.charge_id, lines.charge_id) as charge_id,
    refunds.raw_status,
    refunds.amount_minor,
    refunds.currency,
    refunds.note as reason,
    refunds.action_id,
    case when refunds.raw_status in ('FAILED', 'CANCELLED') then lower(refunds.failure_reason) end as failure_reason,
    coalesce(lines.is_settled = 1, false) as is_settled,
    refunds.created_at,
    {{ paypal_url('activity/payment', 'refunds.refund_id') }} as dashboard_url
from {{ ref('stg_paypal__refunds') }} as refunds
left join lines on refunds.account = lines.account and refunds.refund_id = lines.transaction_id
left join {{ ref('int_refunded_captures__paypal') }} as captures
    on refunds.account = captures.account and refunds.refund_id = captures.refund_id
where not refunds.is_deleted
