{# What `amount` for the days between two dates is worth in a month: divided by the whole months of the period (28 to 31
   days are one, 365 or 366 twelve), or scaled by days where it is shorter than a month of 30.4375 days. #}
{% macro monthly_worth(amount, days) -%}
    case
        when {{ days }} < 1 then 0
        when {{ days }} < 27 then {{ half_up('(' ~ amount ~ ') * 487', '16 * (' ~ days ~ ')') }}
        else {{ half_up(amount, half_up(days ~ ' * 48', '1461')) }}
    end
{%- endmacro %}

{# An amount without the tax that is inside it; `rate` is in percent, at most four decimals. #}
{% macro without_tax(amount, rate) -%}
    {{ half_up('(' ~ amount ~ ') * 1000000', '1000000 + cast(round((' ~ rate ~ ') * 10000, 0) as bigint)') }}
{%- endmacro %}
