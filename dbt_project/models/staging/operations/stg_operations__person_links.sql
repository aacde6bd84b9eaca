{{ config(materialized='view') }}

select
    id as link_id,
    kind,
    customer_ref_a,
    customer_ref_b,
    actor,
    reason,
    {{ iso_to_utc('created_at') }} as created_at,
    {{ iso_to_utc('undone_at') }} as undone_at
from {{ source('raw_operations', 'person_links') }}
