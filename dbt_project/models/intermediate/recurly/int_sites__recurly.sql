-- The first part of every link to Recurly's own screens. An API key opens one site.
select
    account,
    'https://' || min(subdomain) || '.recurly.com' as url
from {{ ref('stg_recurly__sites') }}
group by account
