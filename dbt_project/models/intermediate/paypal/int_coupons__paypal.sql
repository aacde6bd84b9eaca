-- PayPal has none.
{{ no_rows([
    ('account', 'text'), ('coupon_id', 'text'), ('code', 'text'), ('name', 'text'), ('percent_off', 'decimal'),
    ('amount_off_minor', 'money'), ('currency', 'text'), ('is_active', 'bool'), ('redemptions', 'int'),
    ('created_at', 'time'), ('expires_at', 'time'), ('dashboard_url', 'text')
]) }}
