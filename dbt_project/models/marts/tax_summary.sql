with monthly as (
    select
        cast(date_trunc('month', cast(booked_at as date)) as date) as period_month,
        gateway,
        account,
        currency,
        country,
        rate_percent,
        category,
        cast(sum(case when document in ('invoice', 'payment') then tax_minor else 0 end) as bigint) as invoiced_tax_minor,
        cast(sum(case when document = 'credit note' then -tax_minor else 0 end) as bigint) as credited_tax_minor,
        cast(sum(case when document = 'refund' then -tax_minor else 0 end) as bigint) as refunded_tax_minor,
        cast(sum(taxable_minor) as bigint) as taxable_minor,
        cast(sum(tax_minor) as bigint) as tax_minor
    from {{ ref('tax_bookings') }}
    group by
        cast(date_trunc('month', cast(booked_at as date)) as date), gateway, account, currency, country, rate_percent, category
)

select
    period_month,
    gateway,
    account,
    currency,
    country,
    cast(rate_percent as decimal(9, 4)) as rate_percent,
    category,
    invoiced_tax_minor,
    credited_tax_minor,
    refunded_tax_minor,
    taxable_minor,
    tax_minor
from monthly
