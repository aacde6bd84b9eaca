-- Who would be one person if no agent had said otherwise: evidence and agents' links, unlinks left aside.
with everybody as (
    select customer_ref
    from {{ ref('int_customers__unified') }}
),

nodes as (
    select
        customer_ref,
        node
    from {{ ref('int_people__evidence') }}
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
