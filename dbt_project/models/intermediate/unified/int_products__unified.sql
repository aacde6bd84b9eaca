{%- set columns = [
    'account', 'product_id', 'name', 'sku', 'kind', 'is_active', 'price_minor', 'currency',
    'created_at', 'dashboard_url'
] -%}

with unioned as (
    {{ union_gateways('products', 'product_ref', 'product_id', columns) }}
)

select
    unioned.gateway,
    unioned.product_ref,
    unioned.account,
    unioned.product_id,
    unioned.name,
    unioned.sku,
    unioned.kind,
    unioned.is_active,
    unioned.price_minor,
    unioned.currency,
    unioned.created_at,
    unioned.dashboard_url
from unioned
