-- A refund is a credit that names its sale; a credit that names none gave money without one.
select
    credits.account,
    credits.transaction_id as refund_id,
    credits.refunded_transaction_id as charge_id,
    credits.raw_status,
    credits.amount_minor,
    credits.currency,
    cast(null as {{ dbt.type_string() }}) as reason,
    cast(null as {{ dbt.type_string() }}) as action_id,
    case
        when credits.raw_status in ('settlement_declined', 'settlement_failed') then coalesce(nullif(credits.settlement_text, ''), 'settlement declined')
        when credits.raw_status = 'processor_declined' then credits.processor_text
        when credits.raw_status = 'gateway_rejected' then credits.rejection_reason
        when credits.raw_status = 'failed' then 'failed'
        when credits.raw_status = 'voided' then 'voided before it was settled'
    end as failure_reason,
    settlements.is_settled,
    credits.created_at,
    merchants.url || '/transactions/' || credits.transaction_id as dashboard_url
from {{ ref('stg_braintree__transactions') }} as credits
inner join {{ ref('int_settlements__braintree') }} as settlements
    on credits.account = settlements.account and credits.transaction_id = settlements.transaction_id
left join {{ ref('int_merchants__braintree') }} as merchants on credits.account = merchants.account
where credits.type = 'credit' and not credits.is_deleted
