with paid as (
    select
        account,
        invoice_id,
        max(paid_on) as paid_at
    from {{ ref('stg_paypal__invoice_payments') }}
    where type is not null
    group by account, invoice_id
)

select
    invoices.account,
    invoices.invoice_id,
    recipients.customer_id,
    cast(null as {{ dbt.type_string() }}) as subscription_id,
    invoices.number,
    invoices.raw_status,
    coalesce(invoices.subtotal_minor, invoices.total_minor) as subtotal_minor,
    case when invoices.tax_sent is null then 0 else invoices.tax_minor end as tax_minor,
    invoices.total_minor,
    case when invoices.paid_sent is null then 0 else invoices.paid_minor end as paid_minor,
    case
        when invoices.raw_status in ('SENT', 'UNPAID', 'PARTIALLY_PAID', 'PAYMENT_PENDING') then invoices.due_minor
        else 0
    end as due_minor,
    invoices.currency,
    'manual' as billing_reason,
    'manual' as occasion,
    false as is_collected_automatically,
    false as has_failed_attempt,
    case
        when invoices.raw_status not in ('DRAFT', 'SCHEDULED') then coalesce(invoices.sent_at, invoices.issued_on)
    end as issued_at,
    invoices.due_at,
    case
        when invoices.raw_status not in ('DRAFT', 'SCHEDULED', 'SENT', 'UNPAID', 'PARTIALLY_PAID', 'CANCELLED')
            then paid.paid_at
    end as paid_at,
    cast(null as timestamp) as period_start_at,
    cast(null as timestamp) as period_end_at,
    invoices.hosted_url,
    cast(null as {{ dbt.type_string() }}) as pdf_url,
    invoices.number is not null and invoices.raw_status not in ('DRAFT', 'SCHEDULED') as is_tax_invoice,
    invoices.created_at,
    {{ paypal_url('invoice/details', 'invoices.invoice_id') }} as dashboard_url
from {{ ref('stg_paypal__invoices') }} as invoices
left join paid on invoices.account = paid.account and invoices.invoice_id = paid.invoice_id
left join {{ ref('int_recipients__paypal') }} as recipients
    on invoices.account = recipients.account and invoices.invoice_id = recipients.invoice_id
where not invoices.is_deleted
