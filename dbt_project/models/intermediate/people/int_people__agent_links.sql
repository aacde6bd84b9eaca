-- Agents' links that hold. Where links tie together what an unlink keeps apart, the links of the customer that was taken
-- out do not hold if they are older than the unlink: the later word wins.
with overruled as (
    select links.link_id
    from {{ ref('int_people__statements') }} as unlinks
    inner join {{ ref('int_people__linked') }} as kept on unlinks.customer_ref_a = kept.customer_ref
    inner join {{ ref('int_people__linked') }} as taken_out
        on unlinks.customer_ref_b = taken_out.customer_ref and kept.agent_group = taken_out.agent_group
    inner join {{ ref('int_people__statements') }} as links
        on
            links.kind = 'link'
            and unlinks.link_id > links.link_id
            and unlinks.customer_ref_b in (links.customer_ref_a, links.customer_ref_b)
    where unlinks.kind = 'unlink'
)

select
    links.link_id,
    links.customer_ref_a,
    links.customer_ref_b,
    links.actor
from {{ ref('int_people__statements') }} as links
where
    links.kind = 'link'
    and not exists (
        select 1 from overruled
        where overruled.link_id = links.link_id
    )
