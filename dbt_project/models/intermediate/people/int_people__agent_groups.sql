with links as (
    select
        customer_ref_a,
        customer_ref_b
    from {{ ref('int_people__agent_links') }}
),

groups as (
    {{ linked_groups('links') }}
)

select
    customer_ref,
    agent_group
from groups
