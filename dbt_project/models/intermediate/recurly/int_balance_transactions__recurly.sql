-- Recurly keeps no balance: the money is at the payment processor behind it, and its fees are told there.
{{ no_rows([
    ('account', 'text'), ('balance_transaction_id', 'text'), ('source_id', 'text'), ('type', 'text'),
    ('measure', 'text'), ('charge_id', 'text'), ('amount_minor', 'money'), ('fee_minor', 'money'),
    ('net_minor', 'money'), ('currency', 'text'), ('available_at', 'time'), ('created_at', 'time'),
    ('dashboard_url', 'text')
]) }}
