-- Every amount that PayPal sent and that its currency's minor unit cannot hold.
{%- set amounts = [
    ('transactions', 'line_id', ['amount', 'fee', 'tax']),
    ('captures', 'capture_id', ['amount', 'fee', 'net']),
    ('refunds', 'refund_id', ['amount', 'fee', 'net']),
    ('authorizations', 'authorization_id', ['amount']),
    ('order_units', 'order_id', ['amount', 'tax', 'discount']),
    ('plan_cycles', 'plan_id', ['price']),
    ('invoices', 'invoice_id', ['total', 'subtotal', 'tax', 'due', 'paid', 'discount', 'shipping', 'shipping_tax', 'custom']),
    ('invoice_items', 'invoice_id', ['unit', 'discount', 'tax']),
    ('invoice_payments', 'invoice_id', ['amount']),
    ('disputes', 'dispute_id', ['amount']),
    ('balances', 'balance_id', ['total', 'available']),
] %}
{%- for model, id, names in amounts %}
    {%- for name in names %}
        select
            account,
            {{ id }} as object_id,
            '{{ model }}.{{ name }}' as field,
            {{ name }}_sent as raw_value,
            currency
        from {{ ref('stg_paypal__' ~ model) }}
        where {{ name }}_sent is not null and {{ name }}_minor is null
        {{ 'union all' if not loop.last }}
    {%- endfor %}
    {{ 'union all' if not loop.last }}
{%- endfor %}
