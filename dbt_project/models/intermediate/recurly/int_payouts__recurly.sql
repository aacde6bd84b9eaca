-- Recurly pays nothing out: the payment processor behind it does.
{{ no_rows([
    ('account', 'text'), ('payout_id', 'text'), ('status', 'text'), ('amount_minor', 'money'), ('currency', 'text'),
    ('arrival_at', 'time'), ('created_at', 'time'), ('dashboard_url', 'text')
]) }}
