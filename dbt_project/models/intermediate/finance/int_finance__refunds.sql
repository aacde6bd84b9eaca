-- Refunds as they are booked: money given back on its day, and what failed afterwards taken in again on its own.
with judged as (
    select
        refunds.gateway,
        refunds.account,
        refunds.refund_ref,
        refunds.refund_id,
        refunds.charge_ref,
        refunds.currency,
        refunds.amount_minor,
        refunds.is_settled,
        refunds.created_at,
        refunds.status,
        corrections.corrected_at
    from {{ ref('int_refunds__unified') }} as refunds
    left join {{ ref('int_details__corrections') }} as corrections
        on
            refunds.gateway = corrections.gateway
            and refunds.account = corrections.account
            and refunds.refund_id = corrections.object_id
            and corrections.entity = 'refund'
)

select
    gateway,
    account,
    refund_ref,
    refund_id,
    charge_ref,
    currency,
    created_at as booked_at,
    amount_minor as minor,
    case when is_settled or status = 'failed' then 0 else amount_minor end as unsettled_minor
from judged
where status in ('succeeded', 'pending') or (status = 'failed' and corrected_at is not null)
union all
select
    gateway,
    account,
    refund_ref,
    refund_id,
    charge_ref,
    currency,
    corrected_at as booked_at,
    -amount_minor as minor,
    0 as unsettled_minor
from judged
where status = 'failed' and corrected_at is not null
