-- Prices are those of plans, of which a product may have several.
select
    account,
    product_id,
    name,
    cast(null as {{ dbt.type_string() }}) as sku,
    coalesce(lower(type), 'product') as kind,
    not is_deleted as is_active,
    cast(null as bigint) as price_minor,
    cast(null as {{ dbt.type_string() }}) as currency,
    created_at,
    {{ paypal_url('billing/plans?product=', 'product_id') }} as dashboard_url
from {{ ref('stg_paypal__products') }}
where not is_deleted
