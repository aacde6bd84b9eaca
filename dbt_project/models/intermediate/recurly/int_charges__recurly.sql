-- Money taken or held. An authorization whose money was captured is told by its capture; a verification moves nothing.
with captured as (
    select distinct
        account,
        original_transaction_id as transaction_id
    from {{ ref('stg_recurly__transactions') }}
    where type = 'capture' and raw_status in ('success', 'chargeback') and not is_deleted
)

select
    transactions.account,
    transactions.transaction_id as charge_id,
    transactions.customer_id,
    cast(null as {{ dbt.type_string() }}) as payment_intent_id,
    transactions.invoice_id,
    -- The account's own e-mail and name are newer than what a transaction shows of them.
    cast(null as {{ dbt.type_string() }}) as email,
    cast(null as {{ dbt.type_string() }}) as name,
    transactions.raw_status,
    transactions.type <> 'authorization' as is_captured,
    false as is_released,
    transactions.raw_status = 'chargeback' as is_disputed,
    true as is_settled,
    transactions.amount_minor,
    case
        when transactions.type <> 'authorization' and transactions.raw_status in ('success', 'chargeback')
            then transactions.amount_minor
        else 0
    end as captured_minor,
    0 as refunded_minor,
    transactions.currency,
    transactions.description,
    lower(transactions.card_type) as method_brand,
    transactions.last_four as method_last4,
    case transactions.method_object when 'credit_card' then 'card' else transactions.method_object end as method_type,
    case when transactions.raw_status in ('declined', 'error') then transactions.status_code end as failure_code,
    case when transactions.raw_status in ('declined', 'error') then transactions.status_message end as failure_message,
    transactions.created_at,
    case
        when transactions.type <> 'authorization' and transactions.raw_status in ('success', 'chargeback')
            then coalesce(transactions.collected_at, transactions.created_at)
    end as captured_at,
    sites.url || '/transactions/' || transactions.uuid as dashboard_url
from {{ ref('stg_recurly__transactions') }} as transactions
left join captured
    on transactions.account = captured.account and transactions.transaction_id = captured.transaction_id
left join {{ ref('int_sites__recurly') }} as sites on transactions.account = sites.account
where
    transactions.type in ('purchase', 'capture', 'authorization')
    and captured.transaction_id is null
    and not transactions.is_deleted
