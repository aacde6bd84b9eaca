-- Braintree has no invoices, so there are no lines of them.
{{ no_rows([
    ('account', 'text'), ('invoice_id', 'text'), ('line_id', 'text'), ('position', 'int'), ('description', 'text'),
    ('quantity', 'int'), ('amount_minor', 'money'), ('tax_minor', 'money'), ('net_minor', 'money'),
    ('currency', 'text'), ('period_start_at', 'time'), ('period_end_at', 'time'), ('is_proration', 'bool'),
    ('product_name', 'text'), ('plan_name', 'text')
]) }}
