{%- set columns = [
    'account', 'customer_id', 'email', 'name', 'phone', 'address_line1', 'address_city',
    'address_postal_code', 'address_country', 'tax_id', 'tax_id_type', 'tax_id_status',
    'is_deleted', 'created_at', 'dashboard_url'
] -%}

with unioned as (
    {{ union_gateways('customers', 'customer_ref', 'customer_id', columns) }}
)

select
    unioned.gateway,
    unioned.customer_ref,
    unioned.account,
    unioned.customer_id,
    unioned.email,
    unioned.name,
    unioned.phone,
    unioned.address_line1,
    unioned.address_city,
    unioned.address_postal_code,
    unioned.address_country,
    unioned.tax_id,
    unioned.tax_id_type,
    unioned.tax_id_status,
    unioned.is_deleted,
    unioned.created_at,
    unioned.dashboard_url
from unioned
