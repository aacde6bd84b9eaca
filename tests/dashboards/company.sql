-- A small company in the marts' own columns: Maria is past due, Kenji pays in yen, a guest pays in dinars.
create table customers as
select
    'stripe:stripe_eu:' || customer_id as customer_ref, 'stripe' as gateway, 'stripe_eu' as account, customer_id,
    email, lower(email) as email_key, name, null::varchar as phone, line1 as address_line1, city as address_city,
    postal_code as address_postal_code, country as address_country, tax_id, tax_id_type, tax_id_status,
    false as is_deleted, created_at::timestamp as created_at, 'https://dashboard.stripe.com/customers/' || customer_id as dashboard_url
from (values
    ('cus_maria', 'maria@example.com', 'Maria Kowalska', 'ul. Długa 7', 'Gdańsk', '80-827', 'PL', 'PL5252344078', 'eu_vat', 'verified', '2024-03-12'),
    ('cus_kenji', 'kenji@example.com', 'Kenji Sato', '1-1', 'Tokyo', '100-0001', 'JP', null, null, null, '2025-06-01'),
    ('cus_mario', 'mario@example.com', 'Mario *Bold* Rossi', null, null, null, null, null, null, null, '2026-01-01')
) as t (customer_id, email, name, line1, city, postal_code, country, tax_id, tax_id_type, tax_id_status, created_at);

create table charges as
select
    'stripe:stripe_eu:' || charge_id as charge_ref, 'stripe' as gateway, 'stripe_eu' as account, charge_id,
    'stripe:stripe_eu:' || customer_id as customer_ref, 'pi_' || charge_id as payment_intent_id,
    'stripe:stripe_eu:' || invoice_id as invoice_ref, email as customer_email, name as customer_name, status, status as raw_status,
    amount::bigint as amount_minor, captured::bigint as captured_minor, refunded::bigint as refunded_minor,
    (captured - refunded)::bigint as refundable_minor, currency, explanation as description, explanation,
    'visa' as method_brand, '4242' as method_last4, 'card' as method_type, failure_code, failure_message,
    false as is_disputed, created_at::timestamp as created_at, created_at::timestamp as captured_at,
    case currency when 'KWD' then 'ZZ' else 'PL' end as country,
    'https://dashboard.stripe.com/payments/' || charge_id as dashboard_url
from (values
    ('ch_failed', 'cus_maria', 'in_open', 'maria@example.com', 'Maria Kowalska', 'failed', 4900, 0, 0, 'EUR', 'Renewal of Pro monthly, 12 Nov – 12 Dec', 'insufficient_funds', 'Your card has insufficient funds.', '2026-11-12 08:00'),
    ('ch_renewal', 'cus_maria', 'in_paid', 'maria@example.com', 'Maria Kowalska', 'partially_refunded', 4900, 4900, 2000, 'EUR', 'Renewal of Pro monthly, 12 Oct – 12 Nov', null, null, '2026-10-12 08:00'),
    ('ch_first', 'cus_maria', 'in_first', 'maria@example.com', 'Maria Kowalska', 'paid', 4900, 4900, 0, 'EUR', 'Renewal of Pro monthly, 12 Sep – 12 Oct', null, null, '2026-09-12 08:00'),
    ('ch_kenji', 'cus_kenji', null, 'kenji@example.com', 'Kenji Sato', 'paid', 5400, 5400, 0, 'JPY', 'Basic, yearly', null, null, '2026-11-01 08:00'),
    ('ch_guest', null, null, 'guest@example.com', null, 'paid', 12500, 12500, 0, 'KWD', 'Desk lamp [x](https://evil.example) $1$', null, null, '2026-11-02 08:00')
) as t (charge_id, customer_id, invoice_id, email, name, status, amount, captured, refunded, currency, explanation, failure_code, failure_message, created_at);

create table refunds as
select
    'stripe:stripe_eu:re_maria' as refund_ref, 'stripe' as gateway, 'stripe_eu' as account, 're_maria' as refund_id,
    'stripe:stripe_eu:ch_renewal' as charge_ref, 'stripe:stripe_eu:cus_maria' as customer_ref, 'succeeded' as status,
    'succeeded' as raw_status, 2000::bigint as amount_minor, 'EUR' as currency, 'requested_by_customer' as reason,
    null::varchar as action_id, null::varchar as failure_reason, timestamp '2026-10-14 09:00' as created_at,
    null::varchar as dashboard_url;

create table subscriptions as
select
    'stripe:stripe_eu:sub_maria' as subscription_ref, 'stripe' as gateway, 'stripe_eu' as account, 'sub_maria' as subscription_id,
    'stripe:stripe_eu:cus_maria' as customer_ref, 'past_due' as status, 'past_due' as raw_status, 'Pro monthly' as plan_name,
    'month' as interval_unit, 1 as interval_count, 1 as quantity, 4900::bigint as amount_minor, 'EUR' as currency,
    timestamp '2026-11-12' as current_period_start_at, timestamp '2026-12-12' as current_period_end_at,
    null::timestamp as trial_end_at, false as is_cancel_at_period_end, null::timestamp as canceled_at,
    timestamp '2024-03-12' as started_at, timestamp '2024-03-12' as created_at, null::varchar as dashboard_url;

create table invoices as
select
    'stripe:stripe_eu:' || invoice_id as invoice_ref, 'stripe' as gateway, 'stripe_eu' as account, invoice_id,
    'stripe:stripe_eu:cus_maria' as customer_ref, 'stripe:stripe_eu:sub_maria' as subscription_ref, number, status, status as raw_status,
    3984::bigint as subtotal_minor, 916::bigint as tax_minor, 4900::bigint as total_minor, paid::bigint as paid_minor,
    (4900 - paid)::bigint as due_minor, 'EUR' as currency, 'subscription_cycle' as billing_reason,
    issued_at::timestamp as issued_at, issued_at::timestamp as due_at, null::timestamp as paid_at,
    null::timestamp as period_start_at, null::timestamp as period_end_at, null::varchar as hosted_url,
    'https://pay.stripe.com/' || invoice_id as pdf_url, true as is_tax_invoice, issued_at::timestamp as created_at,
    null::varchar as dashboard_url
from (values
    ('in_open', 'LAMPA-0003', 'open', 0, '2026-11-12'),
    ('in_paid', 'LAMPA-0002', 'paid', 4900, '2026-10-12'),
    ('in_first', 'LAMPA-0001', 'paid', 4900, '2026-09-12')
) as t (invoice_id, number, status, paid, issued_at);

create table disputes as
select
    'stripe:stripe_eu:dp_1' as dispute_ref, 'stripe' as gateway, 'stripe_eu' as account, 'dp_1' as dispute_id,
    'stripe:stripe_eu:ch_kenji' as charge_ref, 'stripe:stripe_eu:cus_kenji' as customer_ref, 'needs_response' as status,
    'needs_response' as raw_status, 'product_not_received' as reason, 5400::bigint as amount_minor, 'JPY' as currency,
    timestamp '2026-12-01' as evidence_due_at, timestamp '2026-11-20' as created_at, null::varchar as dashboard_url;

create table customer_totals as
select
    customer_ref, currency, sum(captured_minor)::bigint as charged_minor, sum(refunded_minor)::bigint as refunded_minor,
    sum(captured_minor - refunded_minor)::bigint as lifetime_minor, count(*) filter (captured_minor > 0) as charge_count,
    case when customer_ref like '%maria' then 4900 else 0 end::bigint as past_due_minor,
    case when customer_ref like '%maria' then 4900 else 0 end::bigint as open_minor,
    min(created_at) as first_charge_at, max(created_at) as last_charge_at
from charges
where customer_ref is not null
group by all;

create table customer_timeline as
select
    'charge:' || charge_ref as timeline_ref, customer_ref, created_at as occurred_at, 'charge' as kind, explanation as title,
    amount_minor, currency, status, charge_ref as object_ref
from charges
where customer_ref is not null;

create table person_customers as
select
    customer_ref, case when customer_id = 'cus_mario' then 'stripe:stripe_eu:cus_maria' else customer_ref end as person_ref,
    case when customer_id in ('cus_mario', 'cus_maria') then 'verified_email' end as source,
    case when customer_id in ('cus_mario', 'cus_maria') then 'matched by e-mail' end as confidence,
    case when customer_id in ('cus_mario', 'cus_maria') then 'maria@example.com' end as matched_email,
    null::varchar as linked_by
from customers;

create table charge_explanations as
select
    charge_ref, case when charge_id = 'ch_renewal' then 'renewal' else 'one_off' end as kind,
    explanation || case when charge_id = 'ch_renewal' then ', incl. 9.16 EUR VAT (23 %)' else '' end as sentence,
    true as is_explained
from charges;

create table revenue_daily as
select
    captured_at::date as day, gateway, account, currency, country, sum(captured_minor)::bigint as gross_minor,
    sum(refunded_minor)::bigint as refunds_minor, 0::bigint as disputes_minor, 100::bigint as fees_minor,
    916::bigint as tax_minor, (sum(captured_minor - refunded_minor) - 1016)::bigint as net_minor
from charges
where captured_minor > 0
group by all;

create table mrr_movements as
select
    month::date as month, 'stripe' as gateway, 'stripe_eu' as account, 'EUR' as currency, customer_ref,
    opening::bigint as opening_minor, closing::bigint as closing_minor, movement
from (values
    ('2026-09-01', 'stripe:stripe_eu:cus_maria', 0, 3984, 'new'),
    ('2026-09-01', 'stripe:stripe_eu:cus_mario', 0, 1545, 'new'),
    ('2026-10-01', 'stripe:stripe_eu:cus_maria', 3984, 3984, 'none'),
    ('2026-10-01', 'stripe:stripe_eu:cus_mario', 1545, 0, 'churn'),
    ('2026-11-01', 'stripe:stripe_eu:cus_maria', 3984, 4384, 'expansion')
) as t (month, customer_ref, opening, closing, movement);

create table mrr_monthly as
select
    month, gateway, account, currency, sum(opening_minor)::bigint as opening_minor,
    coalesce(sum(closing_minor) filter (movement = 'new'), 0)::bigint as new_minor,
    coalesce(sum(closing_minor - opening_minor) filter (movement = 'expansion'), 0)::bigint as expansion_minor,
    0::bigint as contraction_minor,
    coalesce(sum(closing_minor - opening_minor) filter (movement = 'churn'), 0)::bigint as churn_minor,
    0::bigint as reactivation_minor, sum(closing_minor)::bigint as closing_minor,
    count(*) filter (closing_minor > 0) as customer_count
from mrr_movements
group by all;

create table invoice_status as
select
    invoice_ref, gateway, account, invoice_id, customer_ref, subscription_ref, number, status,
    case status when 'open' then '1-30' end as ageing, case status when 'open' then 11 end::bigint as days_overdue, currency,
    total_minor, tax_minor, paid_minor, due_minor, issued_at, due_at, paid_at, dashboard_url
from invoices;

create table tax_bookings as
select
    case when invoice_id = 'in_first' then 'credit note' else 'invoice' end as document, invoice_ref as document_ref,
    invoice_ref, customer_ref, gateway, account, currency, 'PL' as country, 23::decimal(9, 4) as rate_percent,
    'inclusive' as category, issued_at as booked_at, 3984::bigint as taxable_minor, 916::bigint as tax_minor
from invoices;

create table tax_summary as
select
    date_trunc('month', booked_at)::date as period_month, gateway, account, currency, country, rate_percent, category,
    sum(tax_minor)::bigint as invoiced_tax_minor, 0::bigint as credited_tax_minor, 0::bigint as refunded_tax_minor,
    sum(taxable_minor)::bigint as taxable_minor, sum(tax_minor)::bigint as tax_minor
from tax_bookings
group by all;
