-- A sale has one tax amount without rate or jurisdiction, and no invoice that it could be a line of.
{{ no_rows([
    ('account', 'text'), ('invoice_id', 'text'), ('line_id', 'text'), ('tax_line_id', 'text'), ('tax_minor', 'money'),
    ('taxable_minor', 'money'), ('rate_percent', 'decimal'), ('tax_name', 'text'), ('jurisdiction_country', 'text'),
    ('is_inclusive', 'bool'), ('taxability_reason', 'text'), ('currency', 'text')
]) }}
