-- What each customer is worth in a month, month by month, as of the moment that closes it. A subscription counts what
-- its regular bill for that moment says; after a change of plan within the period, what the next bill says, or, where
-- none is written yet, what the subscription is worth now.
with covered as (
    select
        months.month,
        subscriptions.subscription_ref,
        min(lines.period_start_at) as covered_from,
        cast(sum(lines.monthly_minor) as bigint) as monthly_minor
    from {{ ref('int_mrr__months') }} as months
    inner join {{ ref('int_mrr__subscriptions') }} as subscriptions
        on
            months.closes_at > subscriptions.runs_from
            and (subscriptions.runs_to is null or months.closes_at <= subscriptions.runs_to)
    left join {{ ref('int_mrr__lines') }} as lines
        on
            subscriptions.subscription_ref = lines.subscription_ref
            and not lines.is_proration
            and months.closes_at > lines.period_start_at
            and months.closes_at <= lines.period_end_at
    group by months.month, subscriptions.subscription_ref
),

changed as (
    select distinct
        covered.month,
        covered.subscription_ref
    from covered
    inner join {{ ref('int_mrr__months') }} as months on covered.month = months.month
    inner join {{ ref('int_mrr__lines') }} as lines
        on
            covered.subscription_ref = lines.subscription_ref
            and lines.is_proration
            and covered.covered_from <= lines.period_start_at
            and months.closes_at > lines.period_start_at
),

following as (
    select
        changed.month,
        changed.subscription_ref,
        lines.monthly_minor,
        rank() over (
            partition by changed.month, changed.subscription_ref order by lines.period_start_at asc nulls last
        ) as place
    from changed
    inner join {{ ref('int_mrr__months') }} as months on changed.month = months.month
    inner join {{ ref('int_mrr__lines') }} as lines
        on
            changed.subscription_ref = lines.subscription_ref
            and not lines.is_proration
            and months.closes_at <= lines.period_start_at
),

next_bills as (
    select
        month,
        subscription_ref,
        cast(sum(monthly_minor) as bigint) as monthly_minor
    from following
    where place = 1
    group by month, subscription_ref
)

select
    covered.month,
    subscriptions.gateway,
    subscriptions.account,
    subscriptions.currency,
    subscriptions.customer_ref,
    cast(sum(
        case
            when changed.subscription_ref is not null then coalesce(next_bills.monthly_minor, subscriptions.monthly_minor)
            else coalesce(covered.monthly_minor, subscriptions.monthly_minor)
        end
    ) as bigint) as monthly_minor
from covered
inner join {{ ref('int_mrr__subscriptions') }} as subscriptions
    on covered.subscription_ref = subscriptions.subscription_ref
left join changed on covered.month = changed.month and covered.subscription_ref = changed.subscription_ref
left join next_bills on covered.month = next_bills.month and covered.subscription_ref = next_bills.subscription_ref
group by
    covered.month, subscriptions.gateway, subscriptions.account, subscriptions.currency, subscriptions.customer_ref
