{# Money is a whole number of ISO 4217 minor units beside its currency. These macros are the only places that
   know what a minor unit is worth. #}

{# 10 to the power of a small whole number, as bigint. #}
{% macro power_of_ten(exponent) -%}
    case {{ exponent }}
        when 0 then 1 when 1 then 10 when 2 then 100 when 3 then 1000 when 4 then 10000
    end
{%- endmacro %}

{# A gateway's own minor units as ISO minor units, exactly; NULL where they do not fit (ISK 690050 at Stripe is
   6900.5 krona), never rounded. #}
{% macro gateway_minor_to_iso(amount, gateway_exponent, iso_exponent) -%}
    case
        when {{ gateway_exponent }} = {{ iso_exponent }} then {{ amount }}
        when {{ gateway_exponent }} < {{ iso_exponent }}
            then {{ amount }} * {{ power_of_ten(iso_exponent ~ ' - ' ~ gateway_exponent) }}
        when mod({{ amount }}, {{ power_of_ten(gateway_exponent ~ ' - ' ~ iso_exponent) }}) = 0
            then {{ whole_division(amount, power_of_ten(gateway_exponent ~ ' - ' ~ iso_exponent)) }}
    end
{%- endmacro %}

{# A gateway's decimal text in major units ("49.00", "49.0") as ISO minor units, exactly; NULL where it does not fit,
   never rounded. Twelve decimals are looked at: what floating point leaves behind them is noise. #}
{% macro major_to_minor(text, exponent) -%}
    case
        when round(cast({{ text }} as decimal(38, 12)) * {{ power_of_ten(exponent) }}, 0)
            = cast({{ text }} as decimal(38, 12)) * {{ power_of_ten(exponent) }}
            then cast(round(cast({{ text }} as decimal(38, 12)) * {{ power_of_ten(exponent) }}, 0) as bigint)
    end
{%- endmacro %}

{# Decimal major units for display and spreadsheets: 2900 EUR is 29.00; `exponent` is the seed's column. #}
{% macro amount(minor, exponent) -%}
    cast(
        cast({{ minor }} as decimal(38, 0)) * case {{ exponent }}
            when 0 then 1 when 1 then 0.1 when 2 then 0.01 when 3 then 0.001 when 4 then 0.0001
        end as decimal(20, 4)
    )
{%- endmacro %}

{# Money as people and billing.money.Money write it: "-1,234.50 EUR", "5,400 JPY". #}
{% macro money_text(minor, currency, exponent) -%}
    case when {{ minor }} < 0 then '-' else '' end
    || {{ with_thousands(whole_division('abs(' ~ minor ~ ')', power_of_ten(exponent))) }}
    || case
        when {{ exponent }} = 0 then ''
        else '.' || lpad(
            cast(mod(abs({{ minor }}), {{ power_of_ten(exponent) }}) as {{ dbt.type_string() }}), {{ exponent }}, '0'
        )
    end
    || ' ' || {{ currency }}
{%- endmacro %}

{# A quotient of whole numbers, rounded half away from zero; the divisor is positive. #}
{% macro half_up(dividend, divisor) -%}
    (
        case when {{ dividend }} < 0 then -1 else 1 end
        * {{ whole_division('2 * abs(' ~ dividend ~ ') + (' ~ divisor ~ ')', '2 * (' ~ divisor ~ ')') }}
    )
{%- endmacro %}

{# The part of `amount` that goes with `part` out of `whole`, in whole minor units; 0 where there is no whole. #}
{% macro share_of(amount, part, whole) -%}
    case when {{ whole }} > 0 then {{ half_up('(' ~ amount ~ ') * (' ~ part ~ ')', whole) }} else 0 end
{%- endmacro %}
