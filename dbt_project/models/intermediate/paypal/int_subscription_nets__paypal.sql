-- What a subscription's period costs without the tax that its plan puts inside the price.
select
    subscriptions.account,
    subscriptions.subscription_id,
    {{ without_tax('subscriptions.amount_minor', 'plans.tax_percent') }} as net_minor
from {{ ref('int_subscriptions__paypal') }} as subscriptions
inner join {{ ref('stg_paypal__subscriptions') }} as told
    on subscriptions.account = told.account and subscriptions.subscription_id = told.subscription_id
inner join {{ ref('stg_paypal__plans') }} as plans
    on told.account = plans.account and told.plan_id = plans.plan_id
where plans.is_tax_inclusive and plans.tax_percent is not null
