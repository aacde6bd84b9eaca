-- Customers whose addresses and own ids tie them to nobody: an agent took them out of a person whom that evidence would
-- put them back into. Whoever agents linked them with goes along, or would pull them back.
with taken_out as (
    select
        unlinks.customer_ref_b as customer_ref,
        groups.agent_group
    from {{ ref('int_people__statements') }} as unlinks
    inner join {{ ref('int_people__joined') }} as kept on unlinks.customer_ref_a = kept.customer_ref
    inner join {{ ref('int_people__joined') }} as taken
        on unlinks.customer_ref_b = taken.customer_ref and kept.person_ref = taken.person_ref
    left join {{ ref('int_people__agent_groups') }} as groups on unlinks.customer_ref_b = groups.customer_ref
    where unlinks.kind = 'unlink'
)

select customer_ref
from taken_out
union
select groups.customer_ref
from taken_out
inner join {{ ref('int_people__agent_groups') }} as groups on taken_out.agent_group = groups.agent_group
