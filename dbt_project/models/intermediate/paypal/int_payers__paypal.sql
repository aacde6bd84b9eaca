-- PayPal has no customers: they are whom reports, orders and subscriptions name, by the payer's id, as last told.
with told as (
    select
        account,
        payer_id,
        email,
        {{ paypal_name('full_name', 'given_name', 'surname') }} as name,
        phone,
        address_line1,
        city,
        postal_code,
        country,
        initiated_at as told_at,
        1 as precedence
    from {{ ref('stg_paypal__transactions') }}
    where payer_id is not null and not is_deleted
    union all
    select
        account,
        payer_id,
        email,
        {{ paypal_name('cast(null as ' ~ dbt.type_string() ~ ')', 'given_name', 'surname') }} as name,
        cast(null as {{ dbt.type_string() }}) as phone,
        cast(null as {{ dbt.type_string() }}) as address_line1,
        cast(null as {{ dbt.type_string() }}) as city,
        cast(null as {{ dbt.type_string() }}) as postal_code,
        country,
        created_at as told_at,
        2 as precedence
    from {{ ref('stg_paypal__orders') }}
    where payer_id is not null and not is_deleted
    union all
    select
        account,
        payer_id,
        email,
        {{ paypal_name('cast(null as ' ~ dbt.type_string() ~ ')', 'given_name', 'surname') }} as name,
        cast(null as {{ dbt.type_string() }}) as phone,
        cast(null as {{ dbt.type_string() }}) as address_line1,
        cast(null as {{ dbt.type_string() }}) as city,
        cast(null as {{ dbt.type_string() }}) as postal_code,
        cast(null as {{ dbt.type_string() }}) as country,
        created_at as told_at,
        3 as precedence
    from {{ ref('stg_paypal__subscriptions') }}
    where payer_id is not null and not is_deleted
),

ranked as (
    select
        told.*,
        min(told.told_at) over (partition by told.account, told.payer_id) as created_at,
        row_number() over (
            partition by told.account, told.payer_id
            -- The report knows the address; among its lines the newest is right.
            order by
                told.precedence asc, told.told_at desc nulls last, told.email asc nulls last, told.address_line1 asc nulls last
        ) as rank
    from told
)

select
    account,
    payer_id,
    email,
    {{ email_key('email') }} as email_key,
    name,
    phone,
    address_line1,
    city,
    postal_code,
    country,
    created_at
from ranked
where rank = 1
