{# Vendors change their objects. Every field that a staging model reads from this raw table must still be there, with
   the type it is read as, in what came last; a row per field that is not, naming it. A field may be null, or lack
   its parent; marked optional it may be absent. Looked at: of each account's newest batch the 2,000 newest objects,
   for a full load would be read twice otherwise. #}
{% test fields_hold(model) %}
    {%- set readers = [] -%}
    {%- if execute -%}
        {%- for node in graph.nodes.values() -%}
            {%- set meta = node.config.meta -%}
            {%- if node.name.startswith('stg_' ~ model.schema[4:] ~ '__') and meta.get('raw') == model.identifier -%}
                {%- do readers.append((meta.get('items'), meta['fields'])) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif %}
    with ranked as (
        select
            raw_rows.account,
            raw_rows.id,
            row_number() over (
                partition by raw_rows.account
                order by raw_rows.created_at desc nulls last, raw_rows.id asc
            ) as rank
        from {{ model }} as raw_rows
        inner join (
            select account, max(batch_id) as batch_id
            from {{ model }}
            group by account
        ) as batches on raw_rows.account = batches.account and raw_rows.batch_id = batches.batch_id
        where not raw_rows.is_deleted
    ),

    newest as (
        select raw_rows.id, raw_rows.data
        from {{ model }} as raw_rows
        inner join ranked on raw_rows.account = ranked.account and raw_rows.id = ranked.id and ranked.rank <= 2000
    )
    {%- for items, fields in readers %},
    {{ field_kinds(loop.index, items, fields) }}
    {%- endfor %}
    {%- for items, fields in readers %}
    {%- set reader = loop.index %}
    {%- for field in fields %}
    {%- set path = field[2] if field[2] is string else field[2][0] %}
    {%- set name = model.identifier ~ '.' ~ (items ~ '.' if items else '') ~ path %}
    select '{{ name }}' as field, 'has vanished' as problem, gone_{{ loop.index }} as example
    from counted_{{ reader }}
    where gone_{{ loop.index }} is not null
    union all
    select '{{ name }}' as field, 'is no longer {{ field[1] }}' as problem, changed_{{ loop.index }} as example
    from counted_{{ reader }}
    where changed_{{ loop.index }} is not null
    union all
    {%- endfor %}
    {%- endfor %}
    select 'none' as field, 'none' as problem, 'none' as example
    from newest
    where 1 = 0
{% endtest %}
