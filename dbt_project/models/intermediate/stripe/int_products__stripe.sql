-- A product with one active price shows it; one with several has no single price.
with priced as (
    select
        account,
        product_id,
        count(*) as prices,
        min(unit_minor) as unit_minor,
        min(currency) as currency
    from {{ ref('stg_stripe__prices') }}
    where is_active and not is_deleted
    group by account, product_id
)

select
    products.account,
    products.product_id,
    products.name,
    cast(null as {{ dbt.type_string() }}) as sku,
    'product' as kind,
    products.is_active,
    case when priced.prices = 1 then priced.unit_minor end as price_minor,
    case when priced.prices = 1 and priced.unit_minor is not null then priced.currency end as currency,
    products.created_at,
    {{ stripe_url('products', 'products.product_id', 'modes.is_live') }} as dashboard_url
from {{ ref('stg_stripe__products') }} as products
left join priced on products.account = priced.account and products.product_id = priced.product_id
left join {{ ref('int_account_modes__stripe') }} as modes on products.account = modes.account
where not products.is_deleted
