-- Braintree has no invoices, so nothing credits them.
{{ no_rows([
    ('account', 'text'), ('credit_note_id', 'text'), ('invoice_id', 'text'), ('customer_id', 'text'),
    ('number', 'text'), ('status', 'text'), ('total_minor', 'money'), ('currency', 'text'), ('reason', 'text'),
    ('created_at', 'time'), ('dashboard_url', 'text')
]) }}
