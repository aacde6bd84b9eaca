-- A shop keeps no balance: the money, and the fees, are with the gateways that take its payments.
{{ no_rows([
    ('account', 'text'), ('balance_transaction_id', 'text'), ('source_id', 'text'), ('type', 'text'),
    ('measure', 'text'), ('charge_id', 'text'), ('amount_minor', 'money'), ('fee_minor', 'money'),
    ('net_minor', 'money'), ('currency', 'text'), ('available_at', 'time'), ('created_at', 'time'),
    ('dashboard_url', 'text')
]) }}
