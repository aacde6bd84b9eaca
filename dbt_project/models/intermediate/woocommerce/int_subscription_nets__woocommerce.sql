-- What a subscription's period costs without tax: a shop tells its lines so, whatever its prices show.
select
    account,
    subscription_id,
    cast(sum(subtotal_minor) as bigint) as net_minor
from {{ ref('stg_woocommerce__subscription_items') }}
where line_id is not null
group by account, subscription_id
