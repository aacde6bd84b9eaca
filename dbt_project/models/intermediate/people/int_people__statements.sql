-- What counts of what agents said: for each pair, in either order, the newest statement that was not taken back.
with ranked as (
    select
        link_id,
        kind,
        customer_ref_a,
        customer_ref_b,
        actor,
        row_number() over (
            partition by least(customer_ref_a, customer_ref_b), greatest(customer_ref_a, customer_ref_b)
            order by link_id desc nulls last
        ) as rank
    from {{ ref('stg_operations__person_links') }}
    where undone_at is null and customer_ref_a <> customer_ref_b
)

select
    link_id,
    kind,
    customer_ref_a,
    customer_ref_b,
    actor
from ranked
where rank = 1
