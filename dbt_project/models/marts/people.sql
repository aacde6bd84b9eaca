with known as (
    select
        grouped.person_ref,
        customers.customer_ref,
        customers.email_key,
        customers.name,
        customers.gateway,
        row_number() over (
            partition by grouped.person_ref
            order by
                case when customers.name <> '' then 0 else 1 end,
                case when customers.is_deleted then 1 else 0 end,
                customers.created_at desc nulls last,
                customers.customer_ref asc
        ) as rank
    from {{ ref('int_people__grouped') }} as grouped
    inner join {{ ref('customers') }} as customers on grouped.customer_ref = customers.customer_ref
),

distinct_addresses as (
    select distinct
        person_ref,
        email_key
    from known
    where email_key <> ''
),

addresses as (
    select
        person_ref,
        {{ ordered_list('email_key', ', ', 'email_key') }} as emails
    from distinct_addresses
    group by person_ref
),

distinct_gateways as (
    select distinct
        person_ref,
        gateway
    from known
),

gateways as (
    select
        person_ref,
        {{ ordered_list('gateway', ', ', 'gateway') }} as gateways
    from distinct_gateways
    group by person_ref
),

counted as (
    select
        person_ref,
        count(*) as customer_count
    from known
    group by person_ref
)

select
    counted.person_ref,
    coalesce(nullif(known.name, ''), addresses.emails) as display_name,
    coalesce(addresses.emails, '') as emails,
    counted.customer_count,
    gateways.gateways
from counted
inner join known on counted.person_ref = known.person_ref and known.rank = 1
inner join gateways on counted.person_ref = gateways.person_ref
left join addresses on counted.person_ref = addresses.person_ref
