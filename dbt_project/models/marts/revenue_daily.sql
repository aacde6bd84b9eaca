with daily as (
    select
        cast(booked_at as date) as day,
        gateway,
        account,
        currency,
        country,
        cast(sum(gross_minor) as bigint) as gross_minor,
        cast(sum(refunds_minor) as bigint) as refunds_minor,
        cast(sum(disputes_minor) as bigint) as disputes_minor,
        cast(sum(fees_minor) as bigint) as fees_minor,
        cast(sum(tax_minor) as bigint) as tax_minor
    from {{ ref('int_finance__revenue') }}
    group by cast(booked_at as date), gateway, account, currency, country
)

select
    day,
    gateway,
    account,
    currency,
    country,
    gross_minor,
    refunds_minor,
    disputes_minor,
    fees_minor,
    tax_minor,
    gross_minor - refunds_minor - disputes_minor - fees_minor - tax_minor as net_minor
from daily
