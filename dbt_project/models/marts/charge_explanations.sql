-- "Why was I charged?", from data alone: the sentence of the charge with what is inside its amount.
with parts as (
    select
        explained.*,
        charges.amount_minor,
        charges.currency,
        currencies.exponent,
        invoices.total_minor,
        invoices.number as invoice_number,
        case when prices.invoice_ref is null then 0 else prices.tax_minor end as tax_minor,
        prices.tax_rate_percent,
        prices.tax_name,
        prices.coupon_code,
        case when prices.invoice_ref is null then 0 else prices.discount_minor end as discount_minor
    from {{ ref('int_charges__explained') }} as explained
    inner join {{ ref('int_charges__unified') }} as charges on explained.charge_ref = charges.charge_ref
    left join {{ ref('int_invoices__unified') }} as invoices on charges.invoice_ref = invoices.invoice_ref
    left join {{ ref('int_invoices__price_parts') }} as prices on charges.invoice_ref = prices.invoice_ref
    left join {{ ref('currencies') }} as currencies on charges.currency = currencies.currency
)

select
    charge_ref,
    kind,
    explanation
    || case
        when kind in ('renewal', 'first_payment', 'trial_end') and proration_change is not null
            then ', with the change ' || proration_change
        else ''
    end
    || case
        when total_minor <> amount_minor
            then
                ', part of ' || coalesce('invoice ' || invoice_number, 'an invoice') || ' over '
                || {{ money_text('total_minor', 'currency', 'exponent') }}
        else ''
    end
    || case
        when tax_minor > 0
            then
                ', incl. ' || {{ money_text('tax_minor', 'currency', 'exponent') }}
                || ' ' || coalesce(tax_name, 'tax')
                || coalesce(' (' || {{ percent_text('tax_rate_percent') }} || ')', '')
        else ''
    end
    || case
        when discount_minor > 0
            then
                ', ' || coalesce('coupon ' || coupon_code, 'discount') || ' '
                || {{ money_text('-discount_minor', 'currency', 'exponent') }}
        else ''
    end as sentence,
    plan_name,
    period_start_at,
    period_end_at,
    order_number,
    items,
    proration_change,
    tax_minor,
    cast(tax_rate_percent as decimal(9, 4)) as tax_rate_percent,
    coupon_code,
    discount_minor,
    currency,
    is_explained
from parts
