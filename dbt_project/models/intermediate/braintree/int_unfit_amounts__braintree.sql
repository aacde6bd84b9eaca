-- Every amount that Braintree sent and that its currency's minor unit cannot hold.
{%- set amounts = [
    ('transactions', 'transaction_id', ['amount', 'tax']),
    ('disputes', 'dispute_id', ['amount']),
    ('plans', 'plan_id', ['price']),
] %}
{%- for model, id, names in amounts %}
    {%- for name in names %}
        select
            account,
            {{ id }} as object_id,
            '{{ model }}.{{ name }}' as field,
            {{ name }}_sent as raw_value,
            currency
        from {{ ref('stg_braintree__' ~ model) }}
        where {{ name }}_sent is not null and {{ name }}_minor is null
        union all
    {%- endfor %}
{%- endfor %}
select
    account,
    subscription_id as object_id,
    'subscriptions.price' as field,
    price_sent as raw_value,
    currency
from {{ ref('int_subscription_prices__braintree') }}
where price_sent is not null and price_minor is null
