with settled as (
    select
        charges.*,
        explained.explanation,
        settled.refunded_minor as settled_refunded_minor,
        settled.is_disputed as is_ever_disputed,
        settled.is_refund_barred,
        case
            when charges.status <> 'paid' then charges.status
            when settled.has_standing_dispute then 'disputed'
            when settled.refunded_minor >= charges.captured_minor and charges.captured_minor > 0 then 'refunded'
            when settled.refunded_minor > 0 then 'partially_refunded'
            else 'paid'
        end as settled_status
    from {{ ref('int_charges__unified') }} as charges
    inner join {{ ref('int_charges__settled') }} as settled on charges.charge_ref = settled.charge_ref
    inner join {{ ref('int_charges__explained') }} as explained on charges.charge_ref = explained.charge_ref
)

select
    settled.charge_ref,
    settled.gateway,
    settled.account,
    settled.charge_id,
    settled.customer_ref,
    settled.payment_intent_id,
    settled.invoice_ref,
    coalesce(settled.email, customers.email) as customer_email,
    coalesce(customers.name, settled.name) as customer_name,
    settled.settled_status as status,
    settled.raw_status,
    settled.amount_minor,
    settled.captured_minor,
    settled.settled_refunded_minor as refunded_minor,
    case
        when settled.status <> 'paid' or settled.is_refund_barred then 0
        else greatest(settled.captured_minor - settled.settled_refunded_minor, 0)
    end as refundable_minor,
    settled.currency,
    settled.description,
    settled.explanation,
    settled.method_brand,
    settled.method_last4,
    settled.method_type,
    settled.failure_code,
    settled.failure_message,
    settled.is_ever_disputed as is_disputed,
    settled.created_at,
    settled.captured_at,
    taxed.country,
    taxed.own_tax_minor as tax_minor,
    taxed.own_rate_percent as tax_rate_percent,
    settled.dashboard_url
from settled
left join {{ ref('customers') }} as customers on settled.customer_ref = customers.customer_ref
left join {{ ref('int_charges__taxed') }} as taxed on settled.charge_ref = taxed.charge_ref
