-- The country that an order was billed to: it stays when the customer moves, and guests have no other.
with billed as (
    select
        account,
        order_id,
        upper(billing_country) as country
    from {{ ref('stg_woocommerce__orders') }}
    where billing_country <> ''
)

{%- for entity in ['charge', 'invoice'] %}
    select
        account,
        '{{ entity }}' as entity,
        order_id as object_id,
        country
    from billed
    {{ 'union all' if not loop.last }}
{%- endfor %}
