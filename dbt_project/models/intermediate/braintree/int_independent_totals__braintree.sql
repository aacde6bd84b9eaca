-- Charged and refunded as the settlement batch summaries of all days that are over know them.
select
    records.account,
    merchant_accounts.currency,
    case records.kind when 'credit' then 'refunded' else 'charged' end as measure,
    cast(sum({{ major_to_minor('records.amount_sent', 'currencies.exponent') }}) as bigint) as independent_minor
from {{ ref('stg_braintree__settlement_batch_records') }} as records
inner join {{ ref('stg_braintree__merchant_accounts') }} as merchant_accounts
    on
        records.account = merchant_accounts.account
        and records.merchant_account_id = merchant_accounts.merchant_account_id
inner join {{ ref('currencies') }} as currencies on merchant_accounts.currency = currencies.currency
where records.kind is not null
group by
    records.account,
    merchant_accounts.currency,
    case records.kind when 'credit' then 'refunded' else 'charged' end
