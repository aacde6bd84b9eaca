-- Money that disputes took and gave back, on the days it moved. Where no balance tells it, a dispute took its amount
-- when it was opened, and one that was won gave it back when the gateway says so; without that word it never counted. An
-- inquiry that leaves the charge refundable took nothing. A chargeback without a dispute took the charge's money.
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
),

untold as (
    select
        disputes.dispute_ref,
        disputes.gateway,
        disputes.account,
        disputes.charge_ref,
        disputes.currency,
        disputes.created_at,
        disputes.amount_minor,
        disputes.status,
        corrections.corrected_at
    from {{ ref('int_disputes__unified') }} as disputes
    left join {{ ref('int_details__corrections') }} as corrections
        on
            disputes.gateway = corrections.gateway
            and disputes.account = corrections.account
            and disputes.dispute_id = corrections.object_id
            and corrections.entity = 'dispute'
    where
        not coalesce(disputes.is_charge_refundable, false)
        and not exists (
            select 1
            from moved
            where moved.dispute_ref = disputes.dispute_ref
        )
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
from untold
where status <> 'won' or corrected_at is not null
union all
select
    dispute_ref,
    gateway,
    account,
    charge_ref,
    currency,
    corrected_at as booked_at,
    -amount_minor as minor
from untold
where status = 'won' and corrected_at is not null
union all
select
    {{ object_ref('gateway', 'charge_id') }} as dispute_ref,
    gateway,
    account,
    {{ object_ref('gateway', 'charge_id') }} as charge_ref,
    currency,
    taken_at as booked_at,
    amount_minor as minor
from {{ ref('int_details__chargebacks') }}
