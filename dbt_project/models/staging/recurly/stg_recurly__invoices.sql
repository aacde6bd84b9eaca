{%- set fields = [
    ('type', 'text', 'type'),
    ('origin', 'text', 'origin'),
    ('collection_method', 'text', 'collection_method', 'optional'),
    ('raw_status', 'text', 'state'),
    ('customer_id', 'text', 'account.id'),
    ('number', 'text', 'number'),
    ('previous_invoice_id', 'text', 'previous_invoice_id'),
    ('currency', 'currency', 'currency'),
    ('subtotal', 'major', 'subtotal'),
    ('discount', 'major', 'discount'),
    ('tax', 'major', 'tax'),
    ('total', 'major', 'total'),
    ('paid', 'major', 'paid'),
    ('balance', 'major', 'balance'),
    ('customer_notes', 'text', 'customer_notes'),
    ('country', 'text', 'address.country'),
    ('reverse_charge_notes', 'text', 'vat_reverse_charge_notes', 'optional'),
    ('created_at', 'iso_time', 'created_at'),
    ('due_at', 'iso_time', 'due_at'),
    ('closed_at', 'iso_time', 'closed_at'),
] -%}
{%- set keys = ['account', 'invoice_id', 'is_deleted', 'fetched_at', 'batch_id'] -%}
{{ config(unique_key=['account', 'invoice_id'], meta={'raw': 'invoices', 'fields': fields}) }}

with source as (
    {{ unstaged_rows(source('raw_recurly', 'invoices'), 'invoice_id') }}
),

picked as (
    {{ pick_fields('source', keys, 'data', fields) }}
),

renamed as (
    {{ type_fields('picked', keys, fields) }}
)

{{ with_minor_units('renamed', keys, fields, 'recurly') }}
