-- Every amount that Stripe sent and that its currency's minor unit cannot hold.
{%- set amounts = [
    ('charges', 'charge_id', ['amount', 'captured', 'refunded']),
    ('refunds', 'refund_id', ['amount']),
    ('prices', 'price_id', ['unit']),
    ('payment_intents', 'payment_intent_id', ['amount', 'received']),
    ('subscription_items', 'subscription_item_id', ['unit']),
    ('invoices', 'invoice_id', ['subtotal', 'tax', 'total', 'paid', 'due']),
    ('invoice_lines', 'line_id', ['amount', 'discount', 'tax']),
    ('invoice_line_taxes', 'line_id', ['tax', 'taxable']),
    ('invoice_payments', 'invoice_payment_id', ['paid']),
    ('credit_notes', 'credit_note_id', ['total']),
    ('disputes', 'dispute_id', ['amount']),
    ('balance_transactions', 'balance_transaction_id', ['amount', 'fee', 'net']),
    ('payouts', 'payout_id', ['amount']),
    ('coupons', 'coupon_id', ['off']),
] %}
{%- for model, id, names in amounts %}
    {%- for name in names %}
        select
            account,
            {{ id }} as object_id,
            '{{ model }}.{{ name }}' as field,
            {{ name }}_sent as raw_value,
            currency
        from {{ ref('stg_stripe__' ~ model) }}
        where {{ name }}_sent is not null and {{ name }}_minor is null
        {{ 'union all' if not loop.last }}
    {%- endfor %}
    {{ 'union all' if not loop.last }}
{%- endfor %}
