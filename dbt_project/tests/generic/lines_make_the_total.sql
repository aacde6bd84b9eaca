{# Net and tax of an invoice's lines add up to less or more than its total. #}
{% test lines_make_the_total(model) %}
    select
        invoices.invoice_ref,
        invoices.total_minor,
        sum(lines.net_minor + lines.tax_minor) as lines_minor
    from {{ model }} as invoices
    inner join {{ ref('invoice_lines') }} as lines on invoices.invoice_ref = lines.invoice_ref
    group by invoices.invoice_ref, invoices.total_minor
    having sum(lines.net_minor + lines.tax_minor) <> invoices.total_minor
{% endtest %}
