{# Who belongs together: customers that share evidence (an e-mail address, an own id) or an agent's group, directly or
   over others. `nodes` is a relation of (customer_ref, node), `customers` one of all customer_ref. Only what ties two
   nodes is walked: customers with one piece of evidence meet at its node without a step, however many they are. #}
{% macro people_of(customers, nodes) -%}
    with recursive first_nodes as (
        select customer_ref, min(node) as node
        from {{ nodes }}
        group by customer_ref
    ),

    ties as (
        select first_nodes.node as near, others.node as far
        from {{ nodes }} as others
        inner join first_nodes on others.customer_ref = first_nodes.customer_ref
        where others.node <> first_nodes.node
    ),

    edges as (
        select near, far from ties
        union
        select far as near, near as far from ties
    ),

    walked as (
        select near, far from edges
        union
        select walked.near, edges.far
        from walked
        inner join edges on walked.far = edges.near
    ),

    roots as (
        select near as node, min(far) as root
        from walked
        group by near
    ),

    rooted as (
        select
            everybody.customer_ref,
            coalesce(roots.root, first_nodes.node, 'customer:' || everybody.customer_ref) as root
        from {{ customers }} as everybody
        left join first_nodes on everybody.customer_ref = first_nodes.customer_ref
        left join roots on first_nodes.node = roots.node
    )

    select
        customer_ref,
        min(customer_ref) over (partition by root) as person_ref
    from rooted
{%- endmacro %}

{# Which customers a relation of links (customer_ref_a, customer_ref_b) ties together, by the smallest of each group.
   The links are few: people make them. #}
{% macro linked_groups(links) -%}
    with recursive edges as (
        select customer_ref_a as near, customer_ref_b as far from {{ links }}
        union
        select customer_ref_b as near, customer_ref_a as far from {{ links }}
    ),

    walked as (
        select near, far from edges
        union
        select walked.near, edges.far
        from walked
        inner join edges on walked.far = edges.near
    )

    select near as customer_ref, min(far) as agent_group
    from walked
    group by near
{%- endmacro %}
