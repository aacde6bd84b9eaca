{{ union_details('charge_taxes', [
    ('account', 'text'), ('charge_id', 'text'), ('tax_minor', 'money'), ('rate_percent', 'decimal'),
    ('is_inclusive', 'bool')
]) }}
