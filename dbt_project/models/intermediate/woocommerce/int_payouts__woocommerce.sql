-- A shop pays nothing out: the gateways that take its payments do.
{{ no_rows([
    ('account', 'text'), ('payout_id', 'text'), ('status', 'text'), ('amount_minor', 'money'), ('currency', 'text'),
    ('arrival_at', 'time'), ('created_at', 'time'), ('dashboard_url', 'text')
]) }}
