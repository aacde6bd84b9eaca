select
    account,
    invoice_id,
    customer_id,
    subscription_id,
    number,
    raw_status,
    subtotal_minor,
    case when tax_sent is null then 0 else tax_minor end as tax_minor,
    total_minor,
    paid_minor,
    case when raw_status = 'open' then due_minor else 0 end as due_minor,
    currency,
    billing_reason,
    case billing_reason
        when 'subscription_create' then 'start'
        when 'subscription_cycle' then 'renewal'
        when 'subscription_update' then 'change'
        when 'subscription_threshold' then 'usage'
        else 'manual'
    end as occasion,
    coalesce(collection_method <> 'send_invoice', true) as is_collected_automatically,
    -- A charge that was tried and did not go through makes the invoice late, whatever its due date.
    collection_method = 'charge_automatically' and attempt_count > 0 as has_failed_attempt,
    issued_at,
    due_at,
    paid_at,
    period_start_at,
    period_end_at,
    hosted_url,
    pdf_url,
    number is not null and issued_at is not null as is_tax_invoice,
    created_at,
    {{ stripe_url('invoices', 'invoice_id', 'is_live') }} as dashboard_url
from {{ ref('stg_stripe__invoices') }}
where not is_deleted
