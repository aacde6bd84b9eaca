select
    account,
    customer_id,
    own_id
from {{ ref('stg_stripe__customers') }}
where own_id is not null
