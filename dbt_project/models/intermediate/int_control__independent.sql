-- Sums that each gateway books apart from its objects: Stripe's balance, a shop's sales report, a settlement summary.
{%- for gateway in var('gateways') %}
    select
        '{{ gateway }}' as gateway,
        account,
        currency,
        measure,
        independent_minor
    from {{ ref('int_independent_totals__' ~ gateway) }}
    {{ 'union all' if not loop.last }}
{%- endfor %}
