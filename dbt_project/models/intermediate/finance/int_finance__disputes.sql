-- Money that disputes took and gave back, on the days it moved. Where no balance tells it, a dispute that was not won
-- took its amount when it was opened; an inquiry that leaves the charge refundable took nothing.
with moved as (
    select
        disputes.dispute_ref,
        disputes.gateway,
        disputes.account,
        disputes.charge_ref,
        transactions.currency,
        transactions.created_at as booked_at,
        -transactions.amount_minor as minor
    from {{ ref('int_balance_transactions__unified') }} as transactions
    inner join {{ ref('int_disputes__unified') }} as disputes
        on
            transactions.gateway = disputes.gateway
            and transactions.account = disputes.account
            and transactions.source_id = disputes.dispute_id
)

select
    dispute_ref,
    gateway,
    account,
    charge_ref,
    currency,
    booked_at,
    minor
from moved
union all
select
    dispute_ref,
    gateway,
    account,
    charge_ref,
    currency,
    created_at as booked_at,
    amount_minor as minor
from {{ ref('int_disputes__unified') }} as disputes
where
    status <> 'won'
    and not coalesce(is_charge_refundable, false)
    and not exists (
        select 1
        from moved
        where moved.dispute_ref = disputes.dispute_ref
    )
