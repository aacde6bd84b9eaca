-- The shop's own sales report. It counts an order from the day it was placed, paid or not, so what was not paid yet is
-- taken off; and it knows one currency, so a shop that sells in several has no independent figure.
with orders as (
    select
        orders.account,
        max(case when orders.currency = shops.currency then 0 else 1 end) as is_mixed,
        cast(sum(
            case
                when orders.raw_status in ('processing', 'completed', 'on-hold', 'refunded') and not facts.is_captured
                    then orders.total_minor
                else 0
            end
        ) as bigint) as unpaid_minor
    from {{ ref('stg_woocommerce__orders') }} as orders
    inner join {{ ref('int_order_facts__woocommerce') }} as facts
        on orders.account = facts.account and orders.order_id = facts.order_id
    inner join {{ ref('stg_woocommerce__shops') }} as shops on orders.account = shops.account
    group by orders.account
),

reports as (
    select
        reports.account,
        shops.currency,
        cast(sum({{ major_to_minor('reports.sales_sent', 'currencies.exponent') }}) as bigint) as sales_minor,
        cast(sum({{ major_to_minor('reports.total_refunds_sent', 'currencies.exponent') }}) as bigint) as refunds_minor
    from {{ ref('stg_woocommerce__sales_reports') }} as reports
    inner join {{ ref('stg_woocommerce__shops') }} as shops on reports.account = shops.account
    inner join {{ ref('currencies') }} as currencies on shops.currency = currencies.currency
    where not reports.is_deleted
    group by reports.account, shops.currency
),

figures as (
    select
        reports.account,
        reports.currency,
        -- A shop whose orders live in their own tables may report nothing at all: that is no figure either.
        case when orders.is_mixed = 0 and reports.sales_minor > 0 then 1 end as is_told,
        reports.sales_minor - orders.unpaid_minor as charged_minor,
        reports.refunds_minor
    from reports
    inner join orders on reports.account = orders.account
)

select
    account,
    currency,
    'charged' as measure,
    case when is_told = 1 then charged_minor end as independent_minor
from figures
union all
select
    account,
    currency,
    'refunded' as measure,
    case when is_told = 1 then refunds_minor end as independent_minor
from figures
