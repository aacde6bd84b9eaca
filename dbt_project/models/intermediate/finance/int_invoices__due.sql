-- When each invoice falls due, and for how many calendar days (UTC) an open one has been late.
select
    invoice_ref,
    coalesce(due_at, issued_at, created_at) as due_at,
    case
        when status = 'open' and due_minor > 0
            then greatest(
                {{ dbt.datediff('coalesce(due_at, issued_at, created_at)', as_of(), 'day') }}, 0
            )
    end as days_overdue
from {{ ref('int_invoices__unified') }}
