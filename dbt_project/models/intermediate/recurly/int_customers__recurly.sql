select
    accounts.account,
    accounts.customer_id,
    accounts.email,
    coalesce(
        nullif(trim(coalesce(accounts.first_name, '') || ' ' || coalesce(accounts.last_name, '')), ''), accounts.company
    ) as name,
    accounts.phone,
    accounts.address_line1,
    accounts.address_city,
    accounts.address_postal_code,
    accounts.address_country,
    coalesce(accounts.vat_number, accounts.billing_vat_number) as tax_id,
    case when coalesce(accounts.vat_number, accounts.billing_vat_number) is not null then 'vat' end as tax_id_type,
    -- Recurly refuses a number that does not exist, but keeps no word on it.
    cast(null as {{ dbt.type_string() }}) as tax_id_status,
    -- A closed account stays in Recurly's list.
    accounts.is_deleted or accounts.raw_state = 'inactive' as is_deleted,
    coalesce(accounts.created_at, accounts.loaded_created_at) as created_at,
    sites.url || '/accounts/' || accounts.code as dashboard_url
from {{ ref('stg_recurly__accounts') }} as accounts
left join {{ ref('int_sites__recurly') }} as sites on accounts.account = sites.account
