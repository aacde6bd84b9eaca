-- Which capture a refund gives back: a link of the refund names it, and nothing else does.
select
    account,
    refund_id,
    max(split_part(split_part(split_part(href, '/payments/captures/', 2), '/', 1), '?', 1)) as charge_id
from {{ ref('stg_paypal__refund_links') }}
where href like '%/payments/captures/%'
group by account, refund_id
