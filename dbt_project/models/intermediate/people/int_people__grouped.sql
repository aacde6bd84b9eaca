-- Who is who: as in int_people__joined, with what agents took out left out.
with everybody as (
    select customer_ref
    from {{ ref('int_customers__unified') }}
),

nodes as (
    select
        evidence.customer_ref,
        evidence.node
    from {{ ref('int_people__evidence') }} as evidence
    where
        not exists (
            select 1
            from {{ ref('int_people__taken_out') }} as taken_out
            where taken_out.customer_ref = evidence.customer_ref
        )
    union all
    select
        customer_ref,
        'agent:' || agent_group as node
    from {{ ref('int_people__agent_groups') }}
),

people as (
    {{ people_of('everybody', 'nodes') }}
)

select
    customer_ref,
    person_ref
from people
