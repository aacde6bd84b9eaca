-- WooCommerce knows no disputes: the gateways that take its payments do.
{{ no_rows([
    ('account', 'text'), ('dispute_id', 'text'), ('charge_id', 'text'), ('raw_status', 'text'), ('reason', 'text'),
    ('amount_minor', 'money'), ('currency', 'text'), ('is_charge_refundable', 'bool'), ('evidence_due_at', 'time'),
    ('created_at', 'time'), ('dashboard_url', 'text')
]) }}
