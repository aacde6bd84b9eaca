-- Recurly has no disputes: a chargeback is a transaction's status, and the charge counts as disputed.
{{ no_rows([
    ('account', 'text'), ('dispute_id', 'text'), ('charge_id', 'text'), ('raw_status', 'text'), ('reason', 'text'),
    ('amount_minor', 'money'), ('currency', 'text'), ('is_charge_refundable', 'bool'), ('evidence_due_at', 'time'),
    ('created_at', 'time'), ('dashboard_url', 'text')
]) }}
