-- An invoice's items, and what it adds or takes off as a whole: discount, shipping, a custom amount. Together they are its
-- total. An item's gross is reckoned as PayPal does: price times quantity, rounded half up to the currency's unit.
with items as (
    select
        items.account,
        items.invoice_id,
        items.invoice_id || ':' || cast(items.position as {{ dbt.type_string() }}) as line_id,
        items.position,
        coalesce(items.description, items.name) as description,
        items.name as product_name,
        items.quantity,
        cast(round(items.unit_minor * items.quantity, 0) as bigint) as amount_minor,
        case when items.tax_sent is null then 0 else items.tax_minor end as tax_minor,
        case when items.discount_sent is null then 0 else abs(items.discount_minor) end as discount_minor,
        coalesce(invoices.is_tax_inclusive, false) as is_tax_inclusive,
        items.currency
    from {{ ref('stg_paypal__invoice_items') }} as items
    inner join {{ ref('stg_paypal__invoices') }} as invoices
        on items.account = invoices.account and items.invoice_id = invoices.invoice_id
    where items.name is not null and not items.is_deleted
),

extras as (
    {%- for name, position, words, minor, tax in [
        ('discount', 10001, "'Discount'", '-abs(discount_minor)', '0'),
        ('shipping', 10002, "'Shipping'", 'shipping_minor - coalesce(shipping_tax_minor, 0)', 'coalesce(shipping_tax_minor, 0)'),
        ('custom', 10003, "coalesce(custom_label, 'Other')", 'custom_minor', '0'),
    ] %}
        select
            account,
            invoice_id,
            invoice_id || ':{{ name }}' as line_id,
            {{ position }} as position,
            {{ words }} as description,
            {{ minor }} as amount_minor,
            {{ tax }} as tax_minor,
            currency
        from {{ ref('stg_paypal__invoices') }}
        where {{ name }}_sent is not null and not is_deleted {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select
    account,
    invoice_id,
    line_id,
    position,
    description,
    cast(quantity as bigint) as quantity,
    amount_minor,
    tax_minor,
    amount_minor - discount_minor - case when is_tax_inclusive then tax_minor else 0 end as net_minor,
    currency,
    cast(null as timestamp) as period_start_at,
    cast(null as timestamp) as period_end_at,
    false as is_proration,
    product_name,
    cast(null as {{ dbt.type_string() }}) as plan_name
from items
union all
select
    account,
    invoice_id,
    line_id,
    position,
    description,
    1 as quantity,
    amount_minor,
    tax_minor,
    amount_minor as net_minor,
    currency,
    cast(null as timestamp) as period_start_at,
    cast(null as timestamp) as period_end_at,
    false as is_proration,
    cast(null as {{ dbt.type_string() }}) as product_name,
    cast(null as {{ dbt.type_string() }}) as plan_name
from extras
