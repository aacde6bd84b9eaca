-- The balance as the report knows it. It lags three hours: until then a payment's or refund's own breakdown stands in,
-- without a measure, since it is no word apart from the object's.
with reported as (
    select
        account,
        line_id as balance_transaction_id,
        transaction_id as source_id,
        event_code as type,
        case when event_code like 'T00%' then 'charged' when event_code = 'T1107' then 'refunded' end as measure,
        case
            when event_code like 'T00%' then transaction_id when reference_type = 'TXN' then reference_id
        end as charge_id,
        -- A line of group T01 is a fee from one end to the other.
        case when event_code like 'T01%' then 0 else amount_minor end as amount_minor,
        case
            when event_code like 'T01%' then -amount_minor when fee_sent is null then 0 else -fee_minor
        end as fee_minor,
        case when fee_sent is null then amount_minor else amount_minor + fee_minor end as net_minor,
        currency,
        initiated_at as created_at
    from {{ ref('stg_paypal__transactions') }}
    where {{ paypal_moved_money('event_code', 'raw_status') }} and not is_deleted
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
        account,
        refund_id as source_id,
        'T1107' as type,
        nullif(split_part(split_part(links, '/payments/captures/', 2), '"', 1), '') as charge_id,
        -amount_minor as amount_minor,
        case when fee_sent is null then 0 else -fee_minor end as fee_minor,
        -net_minor as net_minor,
        currency,
        created_at
    from {{ ref('stg_paypal__refunds') }}
    where net_sent is not null and raw_status = 'COMPLETED' and not is_deleted
),

united as (
    select * from reported
    union all
    select
        account,
        source_id || ':awaited' as balance_transaction_id,
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
            where reported.account = awaited.account and reported.source_id = awaited.source_id
        )
)

select
    united.*,
    united.created_at as available_at,
    {{ paypal_url('activity/payment', 'source_id') }} as dashboard_url
from united
