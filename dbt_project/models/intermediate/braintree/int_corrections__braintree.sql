-- What was taken back on a later day: credits that were on their way and did not arrive, chargebacks that we won.
with events as (
    select
        account,
        transaction_id,
        min(case when raw_status = 'submitted_for_settlement' then happened_at end) as submitted_at,
        max(
            case
                when raw_status in ('settlement_declined', 'settlement_failed', 'failed', 'voided', 'processor_declined')
                    then happened_at
            end
        ) as failed_at
    from {{ ref('stg_braintree__transaction_events') }}
    group by account, transaction_id
)

select
    credits.account,
    'refund' as entity,
    credits.transaction_id as object_id,
    events.failed_at as corrected_at
from {{ ref('stg_braintree__transactions') }} as credits
inner join events on credits.account = events.account and credits.transaction_id = events.transaction_id
where credits.type = 'credit' and events.submitted_at is not null and events.failed_at > events.submitted_at
union all
select
    account,
    'dispute' as entity,
    dispute_id as object_id,
    won_at as corrected_at
from {{ ref('stg_braintree__disputes') }}
where raw_status = 'won' and won_at is not null
