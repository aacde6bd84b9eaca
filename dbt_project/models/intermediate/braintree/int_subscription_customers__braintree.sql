-- A subscription names a card, not a customer: the card's owner, or else who paid for it last.
with candidates as (
    select
        subscriptions.account,
        subscriptions.subscription_id,
        cards.customer_id,
        0 as preference,
        subscriptions.created_at
    from {{ ref('stg_braintree__subscriptions') }} as subscriptions
    inner join {{ ref('stg_braintree__customer_cards') }} as cards
        on subscriptions.account = cards.account and subscriptions.payment_method_token = cards.token
    union all
    select
        account,
        subscription_id,
        customer_id,
        1 as preference,
        created_at
    from {{ ref('stg_braintree__transactions') }}
    where subscription_id is not null and customer_id is not null
),

ranked as (
    select
        account,
        subscription_id,
        customer_id,
        row_number() over (
            partition by account, subscription_id
            order by preference asc, created_at desc nulls last, customer_id asc
        ) as rank
    from candidates
)

select
    account,
    subscription_id,
    customer_id
from ranked
where rank = 1
