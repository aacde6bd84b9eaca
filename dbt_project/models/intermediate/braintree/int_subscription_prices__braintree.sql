-- A subscription's price is in its merchant account's currency.
select
    subscriptions.account,
    subscriptions.subscription_id,
    subscriptions.price_sent,
    merchant_accounts.currency,
    {{ major_to_minor('subscriptions.price_sent', 'currencies.exponent') }} as price_minor
from {{ ref('stg_braintree__subscriptions') }} as subscriptions
left join {{ ref('stg_braintree__merchant_accounts') }} as merchant_accounts
    on
        subscriptions.account = merchant_accounts.account
        and subscriptions.merchant_account_id = merchant_accounts.merchant_account_id
left join {{ ref('currencies') }} as currencies on merchant_accounts.currency = currencies.currency
