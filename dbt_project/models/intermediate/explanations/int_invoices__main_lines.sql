-- What an invoice is mainly about: a plan before a single item, a full period before a proration, then the highest amount.
-- Beside it what changed, where it settles a change, and everything on it in a row.
with lines as (
    select
        invoice_ref,
        position,
        plan_name,
        coalesce(plan_name, product_name, description) as what,
        quantity,
        amount_minor,
        is_proration,
        period_start_at,
        period_end_at,
        case when is_proration and amount_minor < 0 then 'old' when is_proration then 'new' end as side
    from {{ ref('int_invoice_lines__unified') }}
),

ranked as (
    select
        lines.*,
        row_number() over (
            partition by lines.invoice_ref
            order by
                case when lines.plan_name is null then 1 else 0 end,
                case when lines.is_proration then 1 else 0 end,
                lines.amount_minor desc nulls last,
                lines.position asc
        ) as rank,
        row_number() over (
            partition by lines.invoice_ref, lines.side
            order by
                case when lines.plan_name is null then 1 else 0 end,
                abs(lines.amount_minor) desc nulls last,
                lines.position asc
        ) as side_rank
    from lines
),

items as (
    select
        invoice_ref,
        {{ ordered_list(
            "case when quantity > 1 then cast(quantity as " ~ dbt.type_string() ~ ") || ' x ' else '' end || what",
            ', ', 'position'
        ) }} as items
    from lines
    where what is not null and not is_proration
    group by invoice_ref
)

select
    main.invoice_ref,
    main.what,
    main.plan_name,
    main.is_proration,
    main.period_start_at,
    main.period_end_at,
    items.items,
    case
        when before.what = after.what and before.quantity <> after.quantity
            then
                'from ' || cast(before.quantity as {{ dbt.type_string() }})
                || ' to ' || cast(after.quantity as {{ dbt.type_string() }}) || ' x ' || after.what
        when before.what = after.what then 'of ' || after.what
        when before.what is not null and after.what is not null then 'from ' || before.what || ' to ' || after.what
        when after.what is not null then 'to ' || after.what
        when before.what is not null then 'away from ' || before.what
    end as proration_change
from ranked as main
left join ranked as before
    on main.invoice_ref = before.invoice_ref and before.side = 'old' and before.side_rank = 1
left join ranked as after
    on main.invoice_ref = after.invoice_ref and after.side = 'new' and after.side_rank = 1
left join items on main.invoice_ref = items.invoice_ref
where main.rank = 1
