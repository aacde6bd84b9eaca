select
    month,
    gateway,
    account,
    currency,
    cast(sum(opening_minor) as bigint) as opening_minor,
    cast(sum(case when movement = 'new' then closing_minor - opening_minor else 0 end) as bigint) as new_minor,
    cast(sum(case when movement = 'expansion' then closing_minor - opening_minor else 0 end) as bigint) as expansion_minor,
    cast(sum(case when movement = 'contraction' then closing_minor - opening_minor else 0 end) as bigint) as contraction_minor,
    cast(sum(case when movement = 'churn' then closing_minor - opening_minor else 0 end) as bigint) as churn_minor,
    cast(sum(case when movement = 'reactivation' then closing_minor - opening_minor else 0 end) as bigint) as reactivation_minor,
    cast(sum(closing_minor) as bigint) as closing_minor,
    cast(sum(case when closing_minor > 0 then 1 else 0 end) as bigint) as customer_count
from {{ ref('mrr_movements') }}
group by month, gateway, account, currency
