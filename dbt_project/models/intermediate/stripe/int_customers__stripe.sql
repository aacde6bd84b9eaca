with tax_ids as (
    select
        account,
        customer_id,
        value,
        type,
        verification_status,
        row_number() over (
            partition by account, customer_id
            order by
                case when verification_status = 'verified' then 0 else 1 end,
                created_at desc nulls last,
                tax_id_id asc
        ) as rank
    from {{ ref('stg_stripe__tax_ids') }}
    where not is_deleted
)

select
    customers.account,
    customers.customer_id,
    customers.email,
    customers.name,
    customers.phone,
    customers.address_line1,
    customers.address_city,
    customers.address_postal_code,
    customers.address_country,
    tax_ids.value as tax_id,
    tax_ids.type as tax_id_type,
    tax_ids.verification_status as tax_id_status,
    customers.is_deleted,
    coalesce(customers.created_at, customers.loaded_created_at) as created_at,
    {{ stripe_url('customers', 'customers.customer_id', 'customers.is_live') }} as dashboard_url
from {{ ref('stg_stripe__customers') }} as customers
left join tax_ids
    on
        customers.account = tax_ids.account
        and customers.customer_id = tax_ids.customer_id
        and tax_ids.rank = 1
