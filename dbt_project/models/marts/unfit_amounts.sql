with unioned as (
    {{ union_gateways('unfit_amounts', 'object_ref', 'object_id', ['account', 'field', 'raw_value', 'currency']) }}
)

select
    unioned.object_ref,
    unioned.field,
    unioned.raw_value,
    unioned.currency,
    case
        when currencies.currency is null
            then coalesce(unioned.currency, 'no currency') || ' is not an ISO 4217 currency with a minor unit'
        else
            'not a whole number of minor units: ' || unioned.currency || ' has '
            || cast(currencies.exponent as {{ dbt.type_string() }}) || ' decimals'
    end as why
from unioned
left join {{ ref('currencies') }} as currencies on unioned.currency = currencies.currency
