-- Whose pages an account's objects are shown on, and whether in Braintree's sandbox: only its cards' pictures say so.
with merchants as (
    select
        account,
        merchant_id
    from {{ ref('stg_braintree__customers') }}
    union all
    select
        account,
        merchant_id
    from {{ ref('stg_braintree__plans') }}
),

pictures as (
    select
        account,
        max(case when image_url like '%environment=sandbox%' then 1 else 0 end) as is_sandbox
    from {{ ref('stg_braintree__customer_cards') }}
    group by account
)

select
    merchants.account,
    case when max(pictures.is_sandbox) = 1 then 'https://sandbox.braintreegateway.com' else 'https://www.braintreegateway.com' end
    || '/merchants/' || max(merchants.merchant_id) as url
from merchants
left join pictures on merchants.account = pictures.account
group by merchants.account
