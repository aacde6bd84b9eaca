{%- set fields = [
    ('raw_status', 'text', 'status'),
    ('number', 'text', 'detail.invoice_number', 'optional'),
    ('currency', 'currency', 'detail.currency_code'),
    ('total', 'major', 'amount.value'),
    ('subtotal', 'major', 'amount.breakdown.item_total.value', 'optional'),
    ('tax', 'major', 'amount.breakdown.tax_total.value', 'optional'),
    ('due', 'major', 'due_amount.value', 'optional'),
    ('paid', 'major', 'payments.paid_amount.value', 'optional'),
    ('discount', 'major', 'amount.breakdown.discount.invoice_discount.amount.value', 'optional'),
    ('shipping', 'major', 'amount.breakdown.shipping.amount.value', 'optional'),
    ('shipping_tax', 'major', 'amount.breakdown.shipping.tax.amount.value', 'optional'),
    ('custom', 'major', 'amount.breakdown.custom.amount.value', 'optional'),
    ('custom_label', 'text', 'amount.breakdown.custom.label', 'optional'),
    ('is_tax_inclusive', 'bool', 'configuration.tax_inclusive', 'optional'),
    ('is_taxed_after_discount', 'bool', 'configuration.tax_calculated_after_discount', 'optional'),
    ('issued_on', 'iso_time', 'detail.invoice_date', 'optional'),
    ('due_at', 'iso_time', 'detail.payment_term.due_date', 'optional'),
    ('sent_at', 'iso_time', 'detail.metadata.first_sent_time', 'optional'),
    ('canceled_at', 'iso_time', 'detail.metadata.cancel_time', 'optional'),
    ('hosted_url', 'text', 'detail.metadata.recipient_view_url', 'optional'),
    ('created_at', 'iso_time', 'detail.metadata.create_time'),
] -%}
{%- set keys = ['account', 'invoice_id', 'is_deleted', 'fetched_at', 'batch_id'] -%}
{{ config(unique_key=['account', 'invoice_id'], meta={'raw': 'invoices', 'fields': fields}) }}

with source as (
    {{ unstaged_rows(source('raw_paypal', 'invoices'), 'invoice_id') }}
),

picked as (
    {{ pick_fields('source', keys, 'data', fields) }}
),

renamed as (
    {{ type_fields('picked', keys, fields) }}
)

{{ with_minor_units('renamed', keys, fields, 'paypal') }}
