-- What later events made of each charge: refunds that count, and disputes that stand.
with refunded as (
    select
        charge_ref,
        count(*) as known_refunds,
        cast(sum(case when status in ('succeeded', 'pending') then amount_minor else 0 end) as bigint) as refunded_minor
    from {{ ref('int_refunds__unified') }}
    where charge_ref is not null
    group by charge_ref
),

disputed as (
    select
        charge_ref,
        max(case when status in ('needs_response', 'under_review', 'lost') then 1 else 0 end) as stands,
        max(
            case when status in ('needs_response', 'under_review', 'lost') and not is_charge_refundable then 1 else 0 end
        ) as bars_refund
    from {{ ref('int_disputes__unified') }}
    group by charge_ref
)

select
    charges.charge_ref,
    -- The gateway's own sum stands in until its refunds are loaded.
    case when refunded.known_refunds > 0 then refunded.refunded_minor else charges.refunded_minor end as refunded_minor,
    -- A flag without a dispute object is a dispute that is not loaded yet.
    coalesce(disputed.stands = 1, charges.is_disputed) as has_standing_dispute,
    coalesce(disputed.bars_refund = 1, charges.is_disputed) as is_refund_barred,
    charges.is_disputed or disputed.charge_ref is not null as is_disputed
from {{ ref('int_charges__unified') }} as charges
left join refunded on charges.charge_ref = refunded.charge_ref
left join disputed on charges.charge_ref = disputed.charge_ref
