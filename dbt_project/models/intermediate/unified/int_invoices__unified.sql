{%- set columns = [
    'account', 'invoice_id', 'customer_id', 'subscription_id', 'number', 'raw_status',
    'subtotal_minor', 'tax_minor', 'total_minor', 'paid_minor', 'due_minor', 'currency',
    'billing_reason', 'occasion', 'is_collected_automatically', 'has_failed_attempt', 'issued_at', 'due_at',
    'paid_at', 'period_start_at', 'period_end_at', 'hosted_url', 'pdf_url', 'is_tax_invoice', 'created_at',
    'dashboard_url'
] -%}

with unioned as (
    {{ union_gateways('invoices', 'invoice_ref', 'invoice_id', columns) }}
)

select
    unioned.gateway,
    unioned.invoice_ref,
    unioned.account,
    unioned.invoice_id,
    unioned.customer_id,
    unioned.subscription_id,
    unioned.number,
    unioned.raw_status,
    unioned.subtotal_minor,
    unioned.tax_minor,
    unioned.total_minor,
    unioned.paid_minor,
    unioned.due_minor,
    unioned.currency,
    unioned.billing_reason,
    unioned.occasion,
    unioned.is_collected_automatically,
    unioned.has_failed_attempt,
    unioned.issued_at,
    unioned.due_at,
    unioned.paid_at,
    unioned.period_start_at,
    unioned.period_end_at,
    unioned.hosted_url,
    unioned.pdf_url,
    unioned.is_tax_invoice,
    unioned.created_at,
    unioned.dashboard_url,
    {{ object_ref('unioned.gateway', 'unioned.customer_id', 'unioned.account') }} as customer_ref,
    {{ object_ref('unioned.gateway', 'unioned.subscription_id', 'unioned.account') }} as subscription_ref,
    statuses.status as status
from unioned
left join {{ ref('gateway_status_map') }} as statuses
    on
        unioned.gateway = statuses.gateway
        and unioned.raw_status = statuses.raw_status
        and statuses.entity = 'invoice'
