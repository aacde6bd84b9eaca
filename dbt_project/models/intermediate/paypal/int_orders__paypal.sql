with units as (
    select
        account,
        order_id,
        min(description) as item_summary,
        count(*) as item_count,
        cast(sum(amount_minor) as bigint) as total_minor,
        cast(sum(case when tax_sent is null then 0 else tax_minor end) as bigint) as tax_minor,
        cast(sum(case when discount_sent is null then 0 else abs(discount_minor) end) as bigint) as discount_minor,
        min(currency) as currency,
        min(invoice_number) as number
    from {{ ref('stg_paypal__order_units') }}
    where currency is not null
    group by account, order_id
),

captured as (
    select
        captures.account,
        captures.order_id,
        min(captures.created_at) as paid_at,
        cast(sum(coalesce(refunds.amount_minor, 0)) as bigint) as refunded_minor
    from {{ ref('stg_paypal__captures') }} as captures
    left join {{ ref('int_refunds__paypal') }} as refunds
        on
            captures.account = refunds.account
            and captures.capture_id = refunds.charge_id
            and refunds.raw_status in ('COMPLETED', 'PENDING')
    where captures.raw_status in ('COMPLETED', 'PARTIALLY_REFUNDED', 'REFUNDED') and not captures.is_deleted
    group by captures.account, captures.order_id
)

select
    orders.account,
    orders.order_id,
    units.number,
    orders.payer_id as customer_id,
    orders.email as customer_email,
    {{ paypal_name('cast(null as ' ~ dbt.type_string() ~ ')', 'orders.given_name', 'orders.surname') }} as customer_name,
    -- PayPal says COMPLETED once money was taken, reserved or denied.
    case
        when orders.raw_status = 'COMPLETED' and captured.order_id is null then 'COMPLETED:NOT_CAPTURED'
        else orders.raw_status
    end as raw_status,
    units.total_minor,
    units.tax_minor,
    cast(0 as bigint) as shipping_minor,
    units.discount_minor,
    coalesce(captured.refunded_minor, 0) as refunded_minor,
    units.currency,
    units.item_summary,
    units.item_count,
    orders.created_at,
    captured.paid_at,
    {{ paypal_url('activity/all?query=', 'orders.order_id') }} as dashboard_url
from {{ ref('stg_paypal__orders') }} as orders
left join units on orders.account = units.account and orders.order_id = units.order_id
left join captured on orders.account = captured.account and orders.order_id = captured.order_id
where not orders.is_deleted
