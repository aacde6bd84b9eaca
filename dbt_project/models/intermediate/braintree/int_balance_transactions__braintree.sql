-- Braintree keeps no balance, and its API tells no fees.
{{ no_rows([
    ('account', 'text'), ('balance_transaction_id', 'text'), ('source_id', 'text'), ('type', 'text'),
    ('measure', 'text'), ('charge_id', 'text'), ('amount_minor', 'money'), ('fee_minor', 'money'),
    ('net_minor', 'money'), ('currency', 'text'), ('available_at', 'time'), ('created_at', 'time'),
    ('dashboard_url', 'text')
]) }}
