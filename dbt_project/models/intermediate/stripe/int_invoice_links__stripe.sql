-- Which invoice a payment paid: by payment intent or by charge. Since 2025-03-31 only invoice payments know it; older
-- objects carry the link themselves. One invoice per payment: the paid link wins, then the newest.
with links as (
    select
        account,
        payment_intent_id,
        charge_id,
        invoice_id,
        case when raw_status = 'paid' then 0 else 1 end as preference,
        created_at
    from {{ ref('stg_stripe__invoice_payments') }}
    where not is_deleted
    union all
    select
        account,
        legacy_payment_intent_id as payment_intent_id,
        legacy_charge_id as charge_id,
        invoice_id,
        2 as preference,
        created_at
    from {{ ref('stg_stripe__invoices') }}
    where not is_deleted and (legacy_payment_intent_id is not null or legacy_charge_id is not null)
),

keyed as (
    select
        account,
        payment_intent_id as payment_id,
        invoice_id,
        preference,
        created_at
    from links
    where payment_intent_id is not null
    union all
    select
        account,
        charge_id as payment_id,
        invoice_id,
        preference,
        created_at
    from links
    where charge_id is not null
),

ranked as (
    select
        account,
        payment_id,
        invoice_id,
        row_number() over (
            partition by account, payment_id
            order by preference asc, created_at desc nulls last, invoice_id asc
        ) as rank
    from keyed
)

select
    account,
    payment_id,
    invoice_id
from ranked
where rank = 1
