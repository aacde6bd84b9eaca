{%- set columns = [
    'account', 'credit_note_id', 'invoice_id', 'customer_id', 'number', 'status', 'total_minor',
    'currency', 'reason', 'created_at', 'dashboard_url'
] -%}

with unioned as (
    {{ union_gateways('credit_notes', 'credit_note_ref', 'credit_note_id', columns) }}
)

select
    unioned.gateway,
    unioned.credit_note_ref,
    unioned.account,
    unioned.credit_note_id,
    unioned.invoice_id,
    unioned.customer_id,
    unioned.number,
    unioned.status,
    unioned.total_minor,
    unioned.currency,
    unioned.reason,
    unioned.created_at,
    unioned.dashboard_url,
    {{ object_ref('unioned.gateway', 'unioned.invoice_id', 'unioned.account') }} as invoice_ref,
    {{ object_ref('unioned.gateway', 'unioned.customer_id', 'unioned.account') }} as customer_ref
from unioned
