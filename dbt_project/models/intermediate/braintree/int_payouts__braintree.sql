-- Braintree tells each transaction's disbursement, not the transfers that they add up to.
{{ no_rows([
    ('account', 'text'), ('payout_id', 'text'), ('status', 'text'), ('amount_minor', 'money'), ('currency', 'text'),
    ('arrival_at', 'time'), ('created_at', 'time'), ('dashboard_url', 'text')
]) }}
