-- What is inside an invoice's total: its tax with the one rate it has, and what coupons took off.
with taxes as (
    select
        invoice_ref,
        cast(sum(tax_minor) as bigint) as tax_minor,
        cast(sum(case when is_inclusive then tax_minor else 0 end) as bigint) as inclusive_minor,
        -- Several rates or names have no single one to tell.
        case
            when min(case when tax_minor <> 0 then rate_percent end) = max(case when tax_minor <> 0 then rate_percent end)
                then max(case when tax_minor <> 0 then rate_percent end)
        end as tax_rate_percent,
        case
            when min(case when tax_minor <> 0 then tax_name end) = max(case when tax_minor <> 0 then tax_name end)
                then max(case when tax_minor <> 0 then tax_name end)
        end as tax_name
    from {{ ref('int_tax_lines__unified') }}
    group by invoice_ref
),

lines as (
    select
        invoice_ref,
        cast(sum(amount_minor) - sum(net_minor) as bigint) as off_and_inclusive_minor
    from {{ ref('int_invoice_lines__unified') }}
    group by invoice_ref
),

uses as (
    {{ union_details('coupon_uses', [('account', 'text'), ('invoice_id', 'text'), ('coupon_code', 'text')]) }}
),

coupons as (
    select
        {{ object_ref('gateway', 'invoice_id') }} as invoice_ref,
        {{ ordered_list('coupon_code', ', ', 'coupon_code') }} as coupon_code
    from uses
    where coupon_code <> ''
    group by gateway, account, invoice_id
)

select
    invoices.invoice_ref,
    coalesce(taxes.tax_minor, invoices.tax_minor, 0) as tax_minor,
    cast(taxes.tax_rate_percent as decimal(9, 4)) as tax_rate_percent,
    taxes.tax_name,
    coupons.coupon_code,
    greatest(coalesce(lines.off_and_inclusive_minor - coalesce(taxes.inclusive_minor, 0), 0), 0) as discount_minor
from {{ ref('int_invoices__unified') }} as invoices
left join taxes on invoices.invoice_ref = taxes.invoice_ref
left join lines on invoices.invoice_ref = lines.invoice_ref
left join coupons on invoices.invoice_ref = coupons.invoice_ref
