{{ union_details('independent_daily', [
    ('account', 'text'), ('day', 'day'), ('currency', 'text'), ('measure', 'text'), ('independent_minor', 'money')
]) }}
