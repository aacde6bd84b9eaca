-- The balance as the report knows it. It lags three hours: until then a payment's or refund's own breakdown stands in,
-- without a measure, since it is no word apart from the object's. Money that a dispute moved is the dispute's, though
-- its line names the payment alone; and what had to clear first moved when it cleared.
with disputed as (
    select
        account,
        charge_id,
        min(dispute_id) as dispute_id
    from {{ ref('stg_paypal__dispute_transactions') }}
    where charge_id is not null and not is_deleted
    group by account, charge_id
),

reported as (
    select
        lines.account,
        lines.line_id as balance_transaction_id,
        lines.transaction_id,
        case
            when {{ paypal_is_disputed_money('lines.event_code') }} then coalesce(disputed.dispute_id, lines.transaction_id)
            else lines.transaction_id
        end as source_id,
        lines.event_code as type,
        case
            when lines.event_code like 'T00%' then 'charged' when lines.event_code = 'T1107' then 'refunded'
        end as measure,
        case
            when lines.event_code like 'T00%' then lines.transaction_id
            when lines.reference_type = 'TXN' then lines.reference_id
        end as charge_id,
        -- A line of group T01 is a fee from one end to the other.
        case when lines.event_code like 'T01%' then 0 else lines.amount_minor end as amount_minor,
        case
            when lines.event_code like 'T01%' then -lines.amount_minor
            when lines.fee_sent is null then 0
            else -lines.fee_minor
        end as fee_minor,
        case
            when lines.fee_sent is null then lines.amount_minor else lines.amount_minor + lines.fee_minor
        end as net_minor,
        lines.currency,
        case
            when lines.event_code like 'T00%' then coalesce(payments.captured_at, lines.initiated_at)
            else lines.updated_at
        end as created_at
    from {{ ref('stg_paypal__transactions') }} as lines
    left join disputed
        on
            lines.account = disputed.account
            and lines.reference_id = disputed.charge_id
            and lines.reference_type = 'TXN'
    left join {{ ref('int_payments__paypal') }} as payments
        on lines.account = payments.account and lines.transaction_id = payments.charge_id
    where {{ paypal_moved_money('lines.event_code', 'lines.raw_status') }} and not lines.is_deleted
),

awaited as (
    select
        account,
        capture_id as source_id,
        'T00' as type,
        capture_id as charge_id,
        amount_minor,
        fee_minor,
        net_minor,
        currency,
        created_at
    from {{ ref('stg_paypal__captures') }}
    where net_sent is not null and not is_deleted
    union all
    select
        refunds.account,
        refunds.refund_id as source_id,
        'T1107' as type,
        captures.charge_id,
        -refunds.amount_minor as amount_minor,
        case when refunds.fee_sent is null then 0 else -refunds.fee_minor end as fee_minor,
        -refunds.net_minor as net_minor,
        refunds.currency,
        refunds.created_at
    from {{ ref('stg_paypal__refunds') }} as refunds
    left join {{ ref('int_refunded_captures__paypal') }} as captures
        on refunds.account = captures.account and refunds.refund_id = captures.refund_id
    where refunds.net_sent is not null and refunds.raw_status = 'COMPLETED' and not refunds.is_deleted
),

united as (
    select * from reported
    union all
    select
        account,
        source_id || ':awaited' as balance_transaction_id,
        source_id as transaction_id,
        source_id,
        type,
        cast(null as {{ dbt.type_string() }}) as measure,
        charge_id,
        amount_minor,
        coalesce(fee_minor, 0) as fee_minor,
        net_minor,
        currency,
        created_at
    from awaited
    where
        not exists (
            select 1
            from reported
            where reported.account = awaited.account and reported.transaction_id = awaited.source_id
        )
)

select
    united.*,
    united.created_at as available_at,
    {{ paypal_url('activity/payment', 'transaction_id') }} as dashboard_url
from united
