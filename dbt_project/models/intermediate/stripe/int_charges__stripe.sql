select
    charges.account,
    charges.charge_id,
    charges.customer_id,
    charges.payment_intent_id,
    coalesce(by_intent.invoice_id, by_charge.invoice_id, charges.legacy_invoice_id) as invoice_id,
    coalesce(charges.receipt_email, charges.billing_email) as email,
    charges.billing_name as name,
    charges.raw_status,
    charges.is_captured,
    -- An authorisation that was let go is "refunded" without ever having been captured.
    charges.is_refunded and not charges.is_captured as is_released,
    charges.is_disputed,
    -- Captured money reaches the balance a little later: until then no balance transaction can vouch for it.
    charges.balance_transaction_id is not null as is_settled,
    charges.amount_minor,
    case
        when charges.raw_status <> 'succeeded' or not charges.is_captured then 0
        when charges.captured_sent is null then charges.amount_minor
        else charges.captured_minor
    end as captured_minor,
    case when charges.is_captured then charges.refunded_minor else 0 end as refunded_minor,
    charges.currency,
    charges.description,
    charges.card_brand as method_brand,
    coalesce(charges.card_last4, charges.bank_last4) as method_last4,
    charges.method_type,
    charges.failure_code,
    charges.failure_message,
    charges.created_at,
    case
        when charges.is_captured and charges.raw_status = 'succeeded'
            -- Money taken at once may reach the balance days later; only a manual capture is told by it.
            then case
                when intents.capture_method <> 'manual' then charges.created_at
                else coalesce(settlements.created_at, charges.created_at)
            end
    end as captured_at,
    {{ stripe_url('payments', 'charges.charge_id', 'charges.is_live') }} as dashboard_url
from {{ ref('stg_stripe__charges') }} as charges
left join {{ ref('int_invoice_links__stripe') }} as by_intent
    on charges.account = by_intent.account and charges.payment_intent_id = by_intent.payment_id
left join {{ ref('int_invoice_links__stripe') }} as by_charge
    on charges.account = by_charge.account and charges.charge_id = by_charge.payment_id
left join {{ ref('stg_stripe__balance_transactions') }} as settlements
    on
        charges.account = settlements.account
        and charges.balance_transaction_id = settlements.balance_transaction_id
left join {{ ref('stg_stripe__payment_intents') }} as intents
    on charges.account = intents.account and charges.payment_intent_id = intents.payment_intent_id
where not charges.is_deleted
