-- Customers with an account at the shop; guests are known by their orders' addresses alone.
with numbers as (
    select
        meta.account,
        meta.customer_id,
        meta.value,
        0 as preference,
        customers.created_at
    from {{ ref('stg_woocommerce__customer_meta') }} as meta
    inner join {{ ref('stg_woocommerce__customers') }} as customers
        on meta.account = customers.account and meta.customer_id = customers.customer_id
    where meta.key in ({{ woocommerce_vat_keys() }}) and meta.value <> ''
    union all
    select
        meta.account,
        {{ text_of('orders.customer_id') }} as customer_id,
        meta.value,
        1 as preference,
        orders.created_at
    from {{ ref('stg_woocommerce__order_meta') }} as meta
    inner join {{ ref('stg_woocommerce__orders') }} as orders
        on meta.account = orders.account and meta.order_id = orders.order_id
    where meta.key in ({{ woocommerce_vat_keys() }}) and meta.value <> '' and orders.customer_id <> 0
),

ranked as (
    select
        account,
        customer_id,
        value,
        row_number() over (
            partition by account, customer_id
            order by preference asc, created_at desc nulls last, value asc
        ) as rank
    from numbers
)

select
    customers.account,
    customers.customer_id,
    coalesce(nullif(customers.email, ''), nullif(customers.billing_email, '')) as email,
    coalesce(
        nullif(trim(coalesce(customers.first_name, '') || ' ' || coalesce(customers.last_name, '')), ''),
        nullif(trim(coalesce(customers.billing_first_name, '') || ' ' || coalesce(customers.billing_last_name, '')), ''),
        nullif(customers.company, '')
    ) as name,
    nullif(customers.phone, '') as phone,
    nullif(customers.address_line1, '') as address_line1,
    nullif(customers.address_city, '') as address_city,
    nullif(customers.address_postal_code, '') as address_postal_code,
    nullif(customers.address_country, '') as address_country,
    ranked.value as tax_id,
    case when ranked.value is not null then 'vat' end as tax_id_type,
    cast(null as {{ dbt.type_string() }}) as tax_id_status,
    customers.is_deleted,
    coalesce(customers.created_at, customers.loaded_created_at) as created_at,
    {{ woocommerce_url('customer', 'customers.customer_id', 'shops.url') }} as dashboard_url
from {{ ref('stg_woocommerce__customers') }} as customers
left join ranked
    on customers.account = ranked.account and customers.customer_id = ranked.customer_id and ranked.rank = 1
left join {{ ref('stg_woocommerce__shops') }} as shops on customers.account = shops.account
