-- Customers that agents' links alone tie together, before unlinks are looked at.
with links as (
    select
        customer_ref_a,
        customer_ref_b
    from {{ ref('int_people__statements') }}
    where kind = 'link'
),

groups as (
    {{ linked_groups('links') }}
)

select
    customer_ref,
    agent_group
from groups
