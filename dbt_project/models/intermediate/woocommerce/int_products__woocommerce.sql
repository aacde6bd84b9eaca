-- A product's price is in the shop's own currency; one of several variations has the lowest here.
select
    products.account,
    products.product_id,
    products.name,
    nullif(products.sku, '') as sku,
    products.kind,
    products.raw_status = 'publish' as is_active,
    {{ major_to_minor('products.price_sent', 'currencies.exponent') }} as price_minor,
    products.price_sent,
    case when products.price_sent is not null then shops.currency end as currency,
    products.created_at,
    {{ woocommerce_url('product', 'products.product_id', 'shops.url') }} as dashboard_url
from {{ ref('stg_woocommerce__products') }} as products
left join {{ ref('stg_woocommerce__shops') }} as shops on products.account = shops.account
left join {{ ref('currencies') }} as currencies on shops.currency = currencies.currency
where not products.is_deleted
