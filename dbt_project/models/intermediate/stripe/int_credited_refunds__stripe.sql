-- Refunds whose tax a credit note takes back already.
select distinct
    refunds.account,
    refunds.refund_id
from {{ ref('stg_stripe__credit_note_refunds') }} as refunds
inner join {{ ref('stg_stripe__credit_notes') }} as notes
    on refunds.account = notes.account and refunds.credit_note_id = notes.credit_note_id
where refunds.refund_id is not null and notes.raw_status <> 'void' and not notes.is_deleted
