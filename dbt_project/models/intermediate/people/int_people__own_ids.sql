with told as (
    {{ union_details('own_ids', [('account', 'text'), ('customer_id', 'text'), ('own_id', 'text')]) }}
)

select
    {{ object_ref('gateway', 'customer_id') }} as customer_ref,
    trim(own_id) as own_id
from told
where trim(own_id) <> ''
