-- Recurly has no orders: what is bought is an invoice.
{{ no_rows([
    ('account', 'text'), ('order_id', 'text'), ('number', 'text'), ('customer_id', 'text'),
    ('customer_email', 'text'), ('customer_name', 'text'), ('raw_status', 'text'),
    ('total_minor', 'money'), ('tax_minor', 'money'), ('shipping_minor', 'money'), ('discount_minor', 'money'),
    ('refunded_minor', 'money'), ('currency', 'text'), ('item_summary', 'text'), ('item_count', 'int'),
    ('created_at', 'time'), ('paid_at', 'time'), ('dashboard_url', 'text')
]) }}
