-- Whom an invoice is for. An invoice names an e-mail address alone: the payer who has it, else the address itself.
with recipients as (
    select
        recipients.account,
        recipients.invoice_id,
        recipients.email,
        {{ email_key('recipients.email') }} as email_key,
        coalesce(
            recipients.business_name, {{ paypal_name('recipients.full_name', 'recipients.given_name', 'recipients.surname') }}
        ) as name,
        recipients.address_line1,
        recipients.city,
        recipients.postal_code,
        recipients.country,
        recipients.additional_info,
        invoices.created_at
    from {{ ref('stg_paypal__invoice_recipients') }} as recipients
    inner join {{ ref('stg_paypal__invoices') }} as invoices
        on recipients.account = invoices.account and recipients.invoice_id = invoices.invoice_id
    where recipients.position = 1 and recipients.email <> '' and not recipients.is_deleted
),

payers as (
    select
        account,
        email_key,
        min(payer_id) as payer_id
    from {{ ref('int_payers__paypal') }}
    where email_key <> ''
    group by account, email_key
)

select
    recipients.account,
    recipients.invoice_id,
    coalesce(payers.payer_id, recipients.email_key) as customer_id,
    payers.payer_id is not null as is_payer,
    recipients.email,
    recipients.name,
    recipients.address_line1,
    recipients.city,
    recipients.postal_code,
    recipients.country,
    -- A buyer's tax number has no field: it is written into the recipient's additional information, "VAT DE...".
    case
        when upper(recipients.additional_info) like 'VAT %'
            then nullif(trim(substring(recipients.additional_info from 5)), '')
    end as tax_id,
    recipients.created_at
from recipients
left join payers on recipients.account = payers.account and recipients.email_key = payers.email_key
