-- Every amount that a shop sent and that its currency's minor unit cannot hold.
{%- set amounts = [
    ('stg_woocommerce__orders', 'order_id', ['total', 'tax', 'shipping', 'discount']),
    ('stg_woocommerce__order_items', 'order_id', ['subtotal', 'total', 'tax']),
    ('stg_woocommerce__order_shipping', 'order_id', ['total', 'tax']),
    ('stg_woocommerce__order_fees', 'order_id', ['total', 'tax']),
    ('stg_woocommerce__line_taxes', 'order_id', ['tax']),
    ('stg_woocommerce__subscriptions', 'subscription_id', ['total', 'tax']),
    ('stg_woocommerce__subscription_items', 'subscription_id', ['subtotal', 'subtotal_tax', 'total', 'tax']),
    ('int_refunds__woocommerce', 'refund_id', ['amount']),
    ('int_products__woocommerce', 'product_id', ['price']),
    ('int_coupons__woocommerce', 'coupon_id', ['amount_off']),
] %}
{%- for model, id, names in amounts %}
    {%- for name in names %}
        select
            account,
            {{ id }} as object_id,
            '{{ model.split('__')[1] if model.startswith('stg') else model.split('__')[0][4:] }}.{{ name }}' as field,
            {{ name }}_sent as raw_value,
            currency
        from {{ ref(model) }}
        where {{ name }}_sent is not null and {{ name }}_minor is null
        {{ 'union all' if not loop.last }}
    {%- endfor %}
    {{ 'union all' if not loop.last }}
{%- endfor %}
