-- A discount's amount is in the currency of whichever subscription it is put on, so it has none here; its name says it.
select
    discounts.account,
    discounts.discount_id as coupon_id,
    cast(null as {{ dbt.type_string() }}) as code,
    discounts.name || coalesce(' (' || discounts.amount_sent || ' off)', '') as name,
    cast(null as decimal(18, 4)) as percent_off,
    cast(null as bigint) as amount_off_minor,
    cast(null as {{ dbt.type_string() }}) as currency,
    true as is_active,
    cast(null as bigint) as redemptions,
    discounts.created_at,
    cast(null as timestamp) as expires_at,
    merchants.url || '/discounts/' || discounts.discount_id as dashboard_url
from {{ ref('stg_braintree__discounts') }} as discounts
left join {{ ref('int_merchants__braintree') }} as merchants on discounts.account = merchants.account
where not discounts.is_deleted
