{{ union_details('chargebacks', [
    ('account', 'text'), ('charge_id', 'text'), ('amount_minor', 'money'), ('currency', 'text'), ('taken_at', 'time')
]) }}
