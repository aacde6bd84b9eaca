with inclusive_taxes as (
    select
        account,
        invoice_id,
        line_id,
        cast(sum(tax_minor) as bigint) as tax_minor
    from {{ ref('stg_stripe__invoice_line_taxes') }}
    where tax_behavior = 'inclusive' or legacy_is_inclusive
    group by account, invoice_id, line_id
)

select
    lines.account,
    lines.invoice_id,
    lines.line_id,
    lines.position,
    lines.description,
    lines.quantity,
    lines.amount_minor,
    case when lines.tax_sent is null then 0 else lines.tax_minor end as tax_minor,
    -- What remains for the seller: after discounts, and without the tax that the amount includes.
    lines.amount_minor
    - case when lines.discount_sent is null then 0 else lines.discount_minor end
    - coalesce(inclusive_taxes.tax_minor, 0) as net_minor,
    lines.currency,
    lines.period_start_at,
    lines.period_end_at,
    coalesce(lines.is_proration, false) as is_proration,
    products.name as product_name,
    case
        when prices.interval_unit is not null
            then {{ plan_name('prices.nickname', 'products.name', 'prices.interval_unit', 'prices.interval_count') }}
    end as plan_name
from {{ ref('stg_stripe__invoice_lines') }} as lines
left join {{ ref('stg_stripe__prices') }} as prices
    on lines.account = prices.account and lines.price_id = prices.price_id
left join {{ ref('stg_stripe__products') }} as products
    on lines.account = products.account and coalesce(lines.product_id, prices.product_id) = products.product_id
left join inclusive_taxes
    on
        lines.account = inclusive_taxes.account
        and lines.invoice_id = inclusive_taxes.invoice_id
        and lines.line_id = inclusive_taxes.line_id
where lines.line_id is not null and not lines.is_deleted
