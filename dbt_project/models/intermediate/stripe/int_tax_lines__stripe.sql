select
    taxes.account,
    taxes.invoice_id,
    taxes.line_id,
    -- Stripe gives a line's tax no id of its own: its line and place name it.
    taxes.line_id || ':' || cast(taxes.position as {{ dbt.type_string() }}) as tax_line_id,
    taxes.tax_minor,
    taxes.taxable_minor,
    cast(rates.percentage as decimal(9, 4)) as rate_percent,
    rates.display_name as tax_name,
    rates.country as jurisdiction_country,
    coalesce(taxes.tax_behavior = 'inclusive', taxes.legacy_is_inclusive, false) as is_inclusive,
    taxes.taxability_reason,
    taxes.currency
from {{ ref('stg_stripe__invoice_line_taxes') }} as taxes
left join {{ ref('stg_stripe__tax_rates') }} as rates
    on taxes.account = rates.account and taxes.tax_rate_id = rates.tax_rate_id
where taxes.line_id is not null and taxes.tax_sent is not null and not taxes.is_deleted
