-- Which invoice a payment paid: as the invoice says, else as the payment's line in the report does.
with links as (
    select
        account,
        payment_id,
        invoice_id,
        1 as preference
    from {{ ref('stg_paypal__invoice_payments') }}
    where payment_id is not null and type = 'PAYPAL' and not is_deleted
    union all
    select
        account,
        transaction_id as payment_id,
        paypal_invoice_id as invoice_id,
        2 as preference
    from {{ ref('stg_paypal__transactions') }}
    where paypal_invoice_id is not null and event_code like 'T00%' and not is_deleted
),

ranked as (
    select
        account,
        payment_id,
        invoice_id,
        row_number() over (partition by account, payment_id order by preference asc, invoice_id asc) as rank
    from links
)

select
    account,
    payment_id,
    invoice_id
from ranked
where rank = 1
