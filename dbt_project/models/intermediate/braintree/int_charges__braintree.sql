select
    sales.account,
    sales.transaction_id as charge_id,
    sales.customer_id,
    cast(null as {{ dbt.type_string() }}) as payment_intent_id,
    cast(null as {{ dbt.type_string() }}) as invoice_id,
    nullif(sales.customer_email, '') as email,
    nullif(trim(coalesce(sales.customer_first_name, '') || ' ' || coalesce(sales.customer_last_name, '')), '') as name,
    sales.raw_status,
    settlements.is_captured,
    false as is_released,
    -- Disputes are objects of their own and always loaded.
    false as is_disputed,
    settlements.is_settled,
    sales.amount_minor,
    case when settlements.is_captured then sales.amount_minor else 0 end as captured_minor,
    -- Refunds are transactions of their own: their sum is the refunds' business.
    cast(0 as bigint) as refunded_minor,
    sales.currency,
    -- There are no invoices: what a sale was for is its subscription's plan and period, or the shop's own order.
    case
        when sales.subscription_id is not null
            then
                case when sales.period_start_at = subscriptions.first_billing_at then 'First payment for ' else 'Renewal of ' end
                || coalesce(plans.name, 'a subscription')
                || coalesce(
                    ', ' || {{ day_and_month('sales.period_start_at') }} || ' - ' || {{ day_and_month('sales.period_end_at') }},
                    ''
                )
        else 'Order ' || nullif(sales.order_id, '')
    end as description,
    sales.card_brand as method_brand,
    sales.card_last4 as method_last4,
    sales.method_type,
    case
        when sales.raw_status = 'gateway_rejected' then sales.rejection_reason
        when sales.raw_status = 'processor_declined' then sales.processor_code
        when sales.raw_status in ('settlement_declined', 'settlement_failed') then sales.settlement_code
        when sales.raw_status = 'failed' then 'failed'
    end as failure_code,
    case
        when sales.raw_status = 'gateway_rejected' then 'Rejected by Braintree: ' || sales.rejection_reason
        when sales.raw_status = 'processor_declined' then sales.processor_text
        when sales.raw_status in ('settlement_declined', 'settlement_failed') then sales.settlement_text
        when sales.raw_status = 'failed' then 'The processor did not answer.'
    end as failure_message,
    sales.created_at,
    case when settlements.is_captured then coalesce(settlements.captured_at, sales.created_at) end as captured_at,
    merchants.url || '/transactions/' || sales.transaction_id as dashboard_url
from {{ ref('stg_braintree__transactions') }} as sales
inner join {{ ref('int_settlements__braintree') }} as settlements
    on sales.account = settlements.account and sales.transaction_id = settlements.transaction_id
left join {{ ref('stg_braintree__subscriptions') }} as subscriptions
    on sales.account = subscriptions.account and sales.subscription_id = subscriptions.subscription_id
left join {{ ref('stg_braintree__plans') }} as plans
    on sales.account = plans.account and sales.plan_id = plans.plan_id
left join {{ ref('int_merchants__braintree') }} as merchants on sales.account = merchants.account
where sales.type = 'sale' and not sales.is_deleted
