select
    plans.account,
    plans.plan_id as product_id,
    plans.name,
    cast(null as {{ dbt.type_string() }}) as sku,
    'plan' as kind,
    true as is_active,
    plans.price_minor,
    case when plans.price_minor is not null then plans.currency end as currency,
    plans.created_at,
    merchants.url || '/plans/' || plans.plan_id as dashboard_url
from {{ ref('stg_braintree__plans') }} as plans
left join {{ ref('int_merchants__braintree') }} as merchants on plans.account = merchants.account
where not plans.is_deleted
