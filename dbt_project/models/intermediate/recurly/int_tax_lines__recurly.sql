-- The taxes of a line in detail, where Recurly breaks them down; else its combined tax. Where the buyer owes the tax
-- instead of us, a line has none, and the invoice says so in its notes.
with taxes as (
    select
        account,
        invoice_id,
        line_id,
        position,
        tax_minor,
        type,
        region,
        name,
        rate,
        cast(null as {{ dbt.type_string() }}) as taxability_reason
    from {{ ref('stg_recurly__invoice_line_taxes') }}
    where tax_sent is not null
    union all
    select
        lines.account,
        lines.invoice_id,
        lines.line_id,
        1 as position,
        lines.tax_minor,
        lines.tax_type as type,
        lines.tax_region as region,
        cast(null as {{ dbt.type_string() }}) as name,
        lines.tax_rate as rate,
        cast(null as {{ dbt.type_string() }}) as taxability_reason
    from {{ ref('stg_recurly__invoice_lines') }} as lines
    where
        lines.tax_type is not null
        and not exists (
            select 1
            from {{ ref('stg_recurly__invoice_line_taxes') }} as details
            where
                details.account = lines.account
                and details.invoice_id = lines.invoice_id
                and details.line_id = lines.line_id
                and details.tax_sent is not null
        )
    union all
    select
        lines.account,
        lines.invoice_id,
        lines.line_id,
        1 as position,
        cast(0 as bigint) as tax_minor,
        'vat' as type,
        invoices.country as region,
        cast(null as {{ dbt.type_string() }}) as name,
        0 as rate,
        'reverse_charge' as taxability_reason
    from {{ ref('stg_recurly__invoice_lines') }} as lines
    inner join {{ ref('stg_recurly__invoices') }} as invoices
        on lines.account = invoices.account and lines.invoice_id = invoices.invoice_id
    where lines.line_id is not null and lines.tax_type is null and invoices.reverse_charge_notes <> ''
)

select
    taxes.account,
    taxes.invoice_id,
    taxes.line_id,
    taxes.line_id || ':' || cast(taxes.position as {{ dbt.type_string() }}) as tax_line_id,
    taxes.tax_minor,
    lines.amount_minor - lines.tax_minor as taxable_minor,
    cast(taxes.rate * 100 as decimal(9, 4)) as rate_percent,
    coalesce(taxes.name, case taxes.type when 'usst' then 'Sales tax' else upper(taxes.type) end) as tax_name,
    case taxes.type when 'vat' then upper(taxes.region) when 'usst' then 'US' else upper(taxes.type) end
        as jurisdiction_country,
    coalesce(lines.is_tax_inclusive, false) as is_inclusive,
    taxes.taxability_reason,
    lines.currency
from taxes
inner join {{ ref('stg_recurly__invoice_lines') }} as lines
    on taxes.account = lines.account and taxes.invoice_id = lines.invoice_id and taxes.line_id = lines.line_id
inner join {{ ref('stg_recurly__invoices') }} as invoices
    on taxes.account = invoices.account and taxes.invoice_id = invoices.invoice_id
where invoices.type <> 'credit' and not lines.is_deleted
