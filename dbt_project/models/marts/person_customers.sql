with evidence as (
    select
        evidence.customer_ref,
        evidence.source,
        evidence.matched_email,
        count(*) over (partition by evidence.node) as sharers
    from {{ ref('int_people__evidence') }} as evidence
    where
        not exists (
            select 1
            from {{ ref('int_people__taken_out') }} as taken_out
            where taken_out.customer_ref = evidence.customer_ref
        )
),

linked as (
    select
        customer_ref_a as customer_ref,
        link_id,
        actor
    from {{ ref('int_people__agent_links') }}
    union all
    select
        customer_ref_b as customer_ref,
        link_id,
        actor
    from {{ ref('int_people__agent_links') }}
),

reasons as (
    select
        customer_ref,
        'agent' as source,
        'confirmed' as confidence,
        cast(null as {{ dbt.type_string() }}) as matched_email,
        actor as linked_by,
        1 as preference,
        link_id
    from linked
    union all
    select
        customer_ref,
        source,
        case when source = 'explicit_id' then 'exact' else 'matched by e-mail' end as confidence,
        matched_email,
        cast(null as {{ dbt.type_string() }}) as linked_by,
        case when source = 'explicit_id' then 2 else 3 end as preference,
        0 as link_id
    from evidence
    where sharers > 1
),

ranked as (
    select
        customer_ref,
        source,
        confidence,
        matched_email,
        linked_by,
        row_number() over (partition by customer_ref order by preference asc, link_id desc nulls last) as rank
    from reasons
)

select
    grouped.customer_ref,
    grouped.person_ref,
    ranked.source,
    ranked.confidence,
    ranked.matched_email,
    ranked.linked_by
from {{ ref('int_people__grouped') }} as grouped
left join ranked on grouped.customer_ref = ranked.customer_ref and ranked.rank = 1
