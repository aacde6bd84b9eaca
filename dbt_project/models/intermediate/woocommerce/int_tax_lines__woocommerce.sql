-- A line's tax names its rate; what the rate was then stands on the order, and where it holds in the shop's table.
with rates as (
    select
        account,
        order_id,
        tax_rate_id,
        max(rate_percent) as rate_percent,
        max(label) as label
    from {{ ref('stg_woocommerce__order_tax_rates') }}
    where tax_rate_id is not null
    group by account, order_id, tax_rate_id
)

select
    taxes.account,
    taxes.order_id as invoice_id,
    lines.line_id,
    lines.line_id || ':' || {{ text_of('taxes.tax_rate_id') }} as tax_line_id,
    taxes.tax_minor,
    lines.net_minor as taxable_minor,
    cast(rates.rate_percent as decimal(9, 4)) as rate_percent,
    rates.label as tax_name,
    nullif(places.country, '') as jurisdiction_country,
    false as is_inclusive,
    cast(null as {{ dbt.type_string() }}) as taxability_reason,
    taxes.currency
from {{ ref('stg_woocommerce__line_taxes') }} as taxes
inner join {{ ref('int_invoice_lines__woocommerce') }} as lines
    on
        taxes.account = lines.account
        and taxes.order_id = lines.invoice_id
        and {{ text_of('taxes.line_id') }} = lines.line_id
left join rates
    on
        taxes.account = rates.account
        and taxes.order_id = rates.order_id
        and taxes.tax_rate_id = rates.tax_rate_id
left join {{ ref('stg_woocommerce__taxes') }} as places
    on taxes.account = places.account and {{ text_of('taxes.tax_rate_id') }} = places.tax_rate_id
where taxes.tax_rate_id is not null and taxes.tax_sent is not null and not taxes.is_deleted
