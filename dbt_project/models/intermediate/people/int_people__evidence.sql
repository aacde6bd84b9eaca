-- What may show that two customers are one person: the same e-mail address, or the same id in our own system. Addresses
-- and ids that many share say nothing: mailboxes of a role, and what more people use than one person can be.
with customers as (
    select
        customer_ref,
        {{ email_key('email') }} as email_key,
        lower(trim(name)) as name
    from {{ ref('int_customers__unified') }}
),

addresses as (
    select
        email_key,
        split_part(split_part(email_key, '@', 1), '+', 1) as local_part,
        count(distinct nullif(name, '')) as names
    from customers
    where email_key like '%_@_%'
    group by email_key
),

personal as (
    select addresses.email_key
    from addresses
    where
        addresses.names <= {{ var('shared_after_names') }}
        and not exists (
            select 1
            from {{ ref('shared_mailboxes') }} as mailboxes
            where mailboxes.local_part = addresses.local_part
        )
),

own_ids as (
    select own.own_id
    from {{ ref('int_people__own_ids') }} as own
    inner join customers on own.customer_ref = customers.customer_ref
    group by own.own_id
    having count(distinct nullif(customers.email_key, '')) <= {{ var('shared_after_names') }}
)

select
    customers.customer_ref,
    'verified_email' as source,
    'email:' || personal.email_key as node,
    personal.email_key as matched_email
from customers
inner join personal on customers.email_key = personal.email_key
union all
select
    own.customer_ref,
    'explicit_id' as source,
    'own_id:' || own_ids.own_id as node,
    cast(null as {{ dbt.type_string() }}) as matched_email
from {{ ref('int_people__own_ids') }} as own
inner join own_ids on own.own_id = own_ids.own_id
inner join customers on own.customer_ref = customers.customer_ref
