select
    customers.account,
    customers.customer_id,
    nullif(customers.email, '') as email,
    coalesce(
        nullif(trim(coalesce(customers.first_name, '') || ' ' || coalesce(customers.last_name, '')), ''),
        nullif(customers.company, '')
    ) as name,
    customers.phone,
    addresses.line1 as address_line1,
    addresses.city as address_city,
    addresses.postal_code as address_postal_code,
    addresses.country as address_country,
    -- Braintree knows no tax numbers: merchants keep them in custom fields, of which nobody vouches.
    nullif(customers.tax_id, '') as tax_id,
    cast(null as {{ dbt.type_string() }}) as tax_id_type,
    cast(null as {{ dbt.type_string() }}) as tax_id_status,
    customers.is_deleted,
    coalesce(customers.created_at, customers.loaded_created_at) as created_at,
    merchants.url || '/customers/' || customers.customer_id as dashboard_url
from {{ ref('stg_braintree__customers') }} as customers
left join {{ ref('stg_braintree__customer_addresses') }} as addresses
    on customers.account = addresses.account and customers.customer_id = addresses.customer_id and addresses.position = 1
left join {{ ref('int_merchants__braintree') }} as merchants on customers.account = merchants.account
