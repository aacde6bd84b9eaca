-- An invoice's discount lessens what its items are taxed on, each by its share, unless the seller taxes before discounts.
with items_of as (
    select
        account,
        invoice_id,
        cast(sum(amount_minor) as bigint) as amount_minor
    from {{ ref('int_invoice_lines__paypal') }}
    where product_name is not null
    group by account, invoice_id
)

select
    items.account,
    items.invoice_id,
    items.invoice_id || ':' || cast(items.position as {{ dbt.type_string() }}) as line_id,
    items.invoice_id || ':' || cast(items.position as {{ dbt.type_string() }}) || ':1' as tax_line_id,
    items.tax_minor,
    lines.net_minor - case
        when invoices.discount_sent is not null and coalesce(invoices.is_taxed_after_discount, true)
            then {{ share_of('abs(invoices.discount_minor)', 'lines.amount_minor', 'items_of.amount_minor') }}
        else 0
    end as taxable_minor,
    cast(items.tax_percent as decimal(9, 4)) as rate_percent,
    items.tax_name,
    -- PayPal knows rates, not jurisdictions.
    cast(null as {{ dbt.type_string() }}) as jurisdiction_country,
    coalesce(invoices.is_tax_inclusive, false) as is_inclusive,
    cast(null as {{ dbt.type_string() }}) as taxability_reason,
    items.currency
from {{ ref('stg_paypal__invoice_items') }} as items
inner join {{ ref('stg_paypal__invoices') }} as invoices
    on items.account = invoices.account and items.invoice_id = invoices.invoice_id
inner join {{ ref('int_invoice_lines__paypal') }} as lines
    on
        items.account = lines.account
        and items.invoice_id = lines.invoice_id
        and items.position = lines.position
inner join items_of on items.account = items_of.account and items.invoice_id = items_of.invoice_id
where items.tax_sent is not null and not items.is_deleted
