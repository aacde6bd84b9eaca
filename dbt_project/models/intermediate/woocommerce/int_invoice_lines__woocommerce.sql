-- What was ordered, sent and added. Amounts are without tax, whatever the shop's prices show.
with lines as (
    select
        account,
        order_id,
        line_id,
        position,
        name,
        quantity,
        subtotal_minor as amount_minor,
        tax_minor,
        total_minor,
        currency,
        1 as is_item
    from {{ ref('stg_woocommerce__order_items') }}
    where line_id is not null and not is_deleted
    {%- for model, after in [('order_shipping', 1000), ('order_fees', 2000)] %}
        union all
        select
            account,
            order_id,
            line_id,
            position + {{ after }} as position,
            name,
            1 as quantity,
            total_minor as amount_minor,
            tax_minor,
            total_minor,
            currency,
            0 as is_item
        from {{ ref('stg_woocommerce__' ~ model) }}
        where line_id is not null and not is_deleted
    {%- endfor %}
)

select
    lines.account,
    lines.order_id as invoice_id,
    {{ text_of('lines.line_id') }} as line_id,
    lines.position,
    lines.name as description,
    lines.quantity,
    lines.amount_minor,
    lines.tax_minor,
    lines.total_minor as net_minor,
    lines.currency,
    cast(null as timestamp) as period_start_at,
    cast(null as timestamp) as period_end_at,
    false as is_proration,
    case when lines.is_item = 1 then lines.name end as product_name,
    case when lines.is_item = 1 then plans.plan_name end as plan_name
from lines
inner join {{ ref('int_order_facts__woocommerce') }} as facts
    on lines.account = facts.account and lines.order_id = facts.order_id
left join {{ ref('int_subscription_items__woocommerce') }} as plans
    on facts.account = plans.account and facts.subscription_id = plans.subscription_id
