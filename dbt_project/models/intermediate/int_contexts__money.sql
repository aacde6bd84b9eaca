-- What a person paid, got back and owes over all accounts, as texts with one amount per currency.
with totals as (
    select
        customers.email_key,
        totals.currency,
        totals.charge_count,
        totals.lifetime_minor,
        totals.past_due_minor,
        totals.open_minor
    from {{ ref('customer_totals') }} as totals
    inner join {{ ref('customers') }} as customers on totals.customer_ref = customers.customer_ref
    where customers.email_key <> '' and not customers.is_deleted
    union all
    select
        {{ email_key('customer_email') }} as email_key,
        currency,
        case when captured_minor > 0 then 1 else 0 end as charge_count,
        case when captured_minor > 0 then captured_minor - refunded_minor else 0 end as lifetime_minor,
        0 as past_due_minor,
        0 as open_minor
    from {{ ref('charges') }}
    where customer_ref is null and customer_email <> ''
),

by_currency as (
    select
        totals.email_key,
        totals.currency,
        currencies.exponent,
        sum(totals.charge_count) as charge_count,
        cast(sum(totals.lifetime_minor) as bigint) as lifetime_minor,
        cast(sum(totals.past_due_minor) as bigint) as past_due_minor,
        cast(sum(totals.open_minor) as bigint) as open_minor
    from totals
    inner join {{ ref('currencies') }} as currencies on totals.currency = currencies.currency
    group by totals.email_key, totals.currency, currencies.exponent
),

texts as (
    select
        email_key,
        currency,
        case when charge_count > 0 then {{ money_text('lifetime_minor', 'currency', 'exponent') }} end as lifetime_value,
        case when past_due_minor > 0 then {{ money_text('past_due_minor', 'currency', 'exponent') }} end as past_due,
        case when open_minor > 0 then {{ money_text('open_minor', 'currency', 'exponent') }} end as open_amount
    from by_currency
)

select
    email_key,
    {{ ordered_list('lifetime_value', ' + ', 'currency') }} as lifetime_value,
    {{ ordered_list('past_due', ' + ', 'currency') }} as past_due,
    {{ ordered_list('open_amount', ' + ', 'currency') }} as open_amount
from texts
group by email_key
