with newest as (
    select
        recipients.*,
        row_number() over (
            partition by recipients.account, recipients.customer_id
            order by case when recipients.tax_id is null then 1 else 0 end, recipients.created_at desc nulls last, recipients.invoice_id asc
        ) as rank,
        min(recipients.created_at) over (partition by recipients.account, recipients.customer_id) as first_billed_at
    from {{ ref('int_recipients__paypal') }} as recipients
),

known as (
    select
        payers.account,
        payers.payer_id as customer_id,
        payers.email,
        payers.name,
        payers.phone,
        payers.address_line1,
        payers.city,
        payers.postal_code,
        payers.country,
        newest.tax_id,
        payers.created_at
    from {{ ref('int_payers__paypal') }} as payers
    left join newest
        on payers.account = newest.account and payers.payer_id = newest.customer_id and newest.rank = 1
    union all
    select
        account,
        customer_id,
        email,
        name,
        cast(null as {{ dbt.type_string() }}) as phone,
        address_line1,
        city,
        postal_code,
        country,
        tax_id,
        first_billed_at as created_at
    from newest
    where rank = 1 and not is_payer
)

select
    account,
    customer_id,
    email,
    name,
    phone,
    address_line1,
    city as address_city,
    postal_code as address_postal_code,
    country as address_country,
    tax_id,
    -- As the seller wrote it down; PayPal checks none.
    case when tax_id is not null then 'unknown' end as tax_id_type,
    case when tax_id is not null then 'unverified' end as tax_id_status,
    false as is_deleted,
    created_at,
    {{ paypal_url('activity/all?query=', 'customer_id') }} as dashboard_url
from known
