-- Everybody who can write to support: customers with an address, and guests known by their charges alone.
with known as (
    select
        email_key,
        email,
        name,
        customer_ref,
        gateway,
        created_at
    from {{ ref('customers') }}
    where email_key <> '' and not is_deleted
    union all
    select
        {{ email_key('customer_email') }} as email_key,
        customer_email as email,
        customer_name as name,
        cast(null as {{ dbt.type_string() }}) as customer_ref,
        gateway,
        created_at
    from {{ ref('charges') }}
    where customer_ref is null and customer_email <> ''
),

ranked as (
    select
        email_key,
        email,
        row_number() over (
            partition by email_key
            order by case when customer_ref is null then 1 else 0 end, created_at desc nulls last, customer_ref asc
        ) as rank
    from known
),

named as (
    select
        email_key,
        name,
        row_number() over (
            partition by email_key
            order by case when customer_ref is null then 1 else 0 end, created_at desc nulls last, customer_ref asc
        ) as rank
    from known
    where name <> ''
),

refs as (
    select
        email_key,
        {{ ordered_list('customer_ref', ',', 'customer_ref') }} as customer_refs
    from known
    where customer_ref is not null
    group by email_key
),

known_gateways as (
    select distinct
        email_key,
        gateway
    from known
),

gateways as (
    select
        email_key,
        {{ ordered_list('gateway', ', ', 'gateway') }} as gateways
    from known_gateways
    group by email_key
)

select
    ranked.email_key,
    ranked.email,
    named.name as customer_name,
    gateways.gateways,
    coalesce(refs.customer_refs, '') as customer_refs
from ranked
inner join gateways on ranked.email_key = gateways.email_key
left join named on ranked.email_key = named.email_key and named.rank = 1
left join refs on ranked.email_key = refs.email_key
where ranked.rank = 1
