select
    product_ref,
    gateway,
    account,
    product_id,
    name,
    sku,
    kind,
    is_active,
    price_minor,
    currency,
    created_at,
    dashboard_url
from {{ ref('int_products__unified') }}
