{%- set fields = [
    ('transaction_id', 'text', 'transaction_info.transaction_id'),
    ('event_code', 'text', 'transaction_info.transaction_event_code'),
    ('raw_status', 'text', 'transaction_info.transaction_status'),
    ('reference_id', 'text', 'transaction_info.paypal_reference_id', 'optional'),
    ('reference_type', 'text', 'transaction_info.paypal_reference_id_type', 'optional'),
    ('currency', 'currency', 'transaction_info.transaction_amount.currency_code'),
    ('amount', 'major', 'transaction_info.transaction_amount.value'),
    ('fee', 'major', 'transaction_info.fee_amount.value', 'optional'),
    ('tax', 'major', 'transaction_info.sales_tax_amount.value', 'optional'),
    ('subject', 'text', 'transaction_info.transaction_subject', 'optional'),
    ('note', 'text', 'transaction_info.transaction_note', 'optional'),
    ('instrument_type', 'text', 'transaction_info.instrument_type', 'optional'),
    ('invoice_number', 'text', 'transaction_info.invoice_id', 'optional'),
    ('payer_id', 'text', ['payer_info.account_id', 'transaction_info.paypal_account_id'], 'optional'),
    ('email', 'text', 'payer_info.email_address', 'optional'),
    ('given_name', 'text', 'payer_info.payer_name.given_name', 'optional'),
    ('surname', 'text', 'payer_info.payer_name.surname', 'optional'),
    ('full_name', 'text', 'payer_info.payer_name.alternate_full_name', 'optional'),
    ('phone', 'text', 'payer_info.phone_number.national_number', 'optional'),
    ('country', 'text', ['payer_info.address.country_code', 'payer_info.country_code'], 'optional'),
    ('address_line1', 'text', 'payer_info.address.line1', 'optional'),
    ('city', 'text', 'payer_info.address.city', 'optional'),
    ('postal_code', 'text', 'payer_info.address.postal_code', 'optional'),
    ('paypal_invoice_id', 'text', 'cart_info.paypal_invoice_id', 'optional'),
    ('initiated_at', 'iso_offset', 'transaction_info.transaction_initiation_date'),
    ('updated_at', 'iso_offset', 'transaction_info.transaction_updated_date'),
] -%}
{%- set keys = ['account', 'line_id', 'is_deleted', 'fetched_at', 'batch_id'] -%}
{{ config(unique_key=['account', 'line_id'], meta={'raw': 'transactions', 'fields': fields}) }}

with source as (
    {{ unstaged_rows(source('raw_paypal', 'transactions'), 'line_id') }}
),

picked as (
    {{ pick_fields('source', keys, 'data', fields) }}
),

renamed as (
    {{ type_fields('picked', keys, fields) }}
)

{{ with_minor_units('renamed', keys, fields, 'paypal') }}
