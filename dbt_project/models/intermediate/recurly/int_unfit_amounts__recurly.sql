-- Every amount that Recurly sent and that its currency's minor unit cannot hold.
{%- set amounts = [
    ('transactions', 'transaction_id', ['amount']),
    ('subscriptions', 'subscription_id', ['subtotal']),
    ('invoices', 'invoice_id', ['subtotal', 'discount', 'tax', 'total', 'paid', 'balance']),
    ('invoice_lines', 'line_id', ['subtotal', 'amount', 'tax']),
    ('invoice_line_taxes', 'line_id', ['tax']),
    ('plan_prices', 'plan_id', ['unit']),
    ('coupon_amounts', 'coupon_id', ['off']),
    ('credit_payments', 'credit_payment_id', ['amount']),
] %}
{%- for model, id, names in amounts %}
    {%- for name in names %}
        select
            account,
            {{ id }} as object_id,
            '{{ model }}.{{ name }}' as field,
            {{ name }}_sent as raw_value,
            currency
        from {{ ref('stg_recurly__' ~ model) }}
        where {{ name }}_sent is not null and {{ name }}_minor is null
        {{ 'union all' if not loop.last }}
    {%- endfor %}
    {{ 'union all' if not loop.last }}
{%- endfor %}
