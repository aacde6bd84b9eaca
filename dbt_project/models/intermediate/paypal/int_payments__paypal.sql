-- Payments by whichever source knows them: captures, authorizations that took nothing yet, and lines of the report that
-- no capture can be read for (money that was just sent, denied payments of subscriptions).
with lines as (
    select
        transactions.*,
        row_number() over (
            partition by transactions.account, transactions.transaction_id
            order by case when transactions.event_code like 'T00%' then 0 else 1 end, transactions.updated_at desc nulls last, transactions.line_id asc
        ) as rank
    from {{ ref('stg_paypal__transactions') }} as transactions
    where (transactions.event_code like 'T00%' or transactions.event_code in ('T1300', 'T1301')) and not transactions.is_deleted
),

reported as (
    select * from lines
    where rank = 1
),

completed as (
    select
        account,
        object_id,
        min(created_at) as completed_at
    from {{ ref('stg_paypal__events') }}
    where type = 'PAYMENT.CAPTURE.COMPLETED'
    group by account, object_id
),

sold as (
    select
        account,
        object_id,
        min(subscription_id) as subscription_id
    from {{ ref('stg_paypal__events') }}
    where subscription_id is not null
    group by account, object_id
),

payments as (
    select
        captures.account,
        captures.capture_id as charge_id,
        captures.raw_status,
        captures.reason,
        captures.currency,
        captures.amount_minor,
        captures.order_id,
        captures.invoice_number,
        captures.created_at,
        coalesce(completed.completed_at, captures.created_at) as captured_at
    from {{ ref('stg_paypal__captures') }} as captures
    left join completed
        on captures.account = completed.account and captures.capture_id = completed.object_id
    where not captures.is_deleted
    union all
    select
        account,
        authorization_id as charge_id,
        raw_status,
        cast(null as {{ dbt.type_string() }}) as reason,
        currency,
        amount_minor,
        order_id,
        cast(null as {{ dbt.type_string() }}) as invoice_number,
        created_at,
        created_at as captured_at
    from {{ ref('stg_paypal__authorizations') }}
    -- Of a captured authorization its captures tell.
    where raw_status not in ('CAPTURED', 'PARTIALLY_CAPTURED') and not is_deleted
    union all
    select
        reported.account,
        reported.transaction_id as charge_id,
        reported.raw_status,
        cast(null as {{ dbt.type_string() }}) as reason,
        reported.currency,
        reported.amount_minor,
        cast(null as {{ dbt.type_string() }}) as order_id,
        reported.invoice_number,
        reported.initiated_at as created_at,
        reported.initiated_at as captured_at
    from reported
    -- A payment that we made to somebody is no charge.
    where
        reported.event_code like 'T00%' and reported.amount_sent not like '-%'
        and not exists (
            select 1
            from {{ ref('stg_paypal__captures') }} as captures
            where captures.account = reported.account and captures.capture_id = reported.transaction_id
        )
)

select
    payments.*,
    reported.payer_id as reported_payer_id,
    reported.email as reported_email,
    {{ paypal_name('reported.full_name', 'reported.given_name', 'reported.surname') }} as reported_name,
    coalesce(reported.subject, reported.note) as reported_subject,
    reported.country as reported_country,
    reported.tax_minor as reported_tax_minor,
    reported.paypal_invoice_id,
    reported.instrument_type,
    coalesce(reported.event_code like 'T00%' and reported.raw_status in ('S', 'F', 'V'), false) as is_settled,
    coalesce(case when reported.reference_type = 'SUB' then reported.reference_id end, sold.subscription_id)
        as subscription_id
from payments
left join reported on payments.account = reported.account and payments.charge_id = reported.transaction_id
left join sold on payments.account = sold.account and payments.charge_id = sold.object_id
