-- Braintree has no invoices.
{{ no_rows([
    ('account', 'text'), ('invoice_id', 'text'), ('customer_id', 'text'), ('subscription_id', 'text'),
    ('number', 'text'), ('raw_status', 'text'), ('subtotal_minor', 'money'), ('tax_minor', 'money'),
    ('total_minor', 'money'), ('paid_minor', 'money'), ('due_minor', 'money'), ('currency', 'text'),
    ('billing_reason', 'text'), ('occasion', 'text'), ('is_collected_automatically', 'bool'),
    ('has_failed_attempt', 'bool'), ('issued_at', 'time'), ('due_at', 'time'), ('paid_at', 'time'),
    ('period_start_at', 'time'), ('period_end_at', 'time'), ('hosted_url', 'text'), ('pdf_url', 'text'),
    ('is_tax_invoice', 'bool'), ('created_at', 'time'), ('dashboard_url', 'text')
]) }}
