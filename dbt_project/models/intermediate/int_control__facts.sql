-- Every amount that a control total counts, with the moment it is booked at.
select
    gateway,
    account,
    currency,
    'charged' as measure,
    coalesce(captured_at, created_at) as booked_at,
    captured_minor as minor,
    case when is_settled then 0 else captured_minor end as unsettled_minor
from {{ ref('int_charges__unified') }}
union all
select
    gateway,
    account,
    currency,
    'refunded' as measure,
    booked_at,
    minor,
    unsettled_minor
from {{ ref('int_finance__refunds') }}
union all
select
    gateway,
    account,
    currency,
    'invoiced' as measure,
    booked_at,
    total_minor as minor,
    0 as unsettled_minor
from {{ ref('int_finance__invoices') }}
union all
select
    gateway,
    account,
    currency,
    'taxed' as measure,
    booked_at,
    tax_minor as minor,
    0 as unsettled_minor
from {{ ref('int_finance__invoices') }}
union all
select
    gateway,
    account,
    currency,
    'disputed' as measure,
    created_at as booked_at,
    amount_minor as minor,
    0 as unsettled_minor
from {{ ref('int_disputes__unified') }}
union all
select
    gateway,
    account,
    currency,
    'fees' as measure,
    created_at as booked_at,
    fee_minor as minor,
    0 as unsettled_minor
from {{ ref('int_balance_transactions__unified') }}
union all
select
    gateway,
    account,
    currency,
    'net' as measure,
    created_at as booked_at,
    net_minor as minor,
    0 as unsettled_minor
from {{ ref('int_balance_transactions__unified') }}
