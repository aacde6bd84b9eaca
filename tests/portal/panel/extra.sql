-- What the panel's tests need besides the screens' company: plans and coupons on sale, and a customer with a hostile name.
create table products as
select
    'stripe' as gateway, 'stripe_eu' as account, product_id, name, price::bigint as price_minor, 'EUR' as currency,
    true as is_active
from (values ('price_basic', 'Basic', 1900), ('price_pro', 'Pro', 4900)) as t (product_id, name, price);

create table coupons as
select
    'stripe' as gateway, 'stripe_eu' as account, 'SORRY20' as coupon_id, 'SORRY20' as code,
    'Twenty per cent off' as name, true as is_active;

insert into customers
select
    'stripe:stripe_eu:cus_evil', gateway, account, 'cus_evil', 'evil@example.com', 'evil@example.com',
    '<script>alert(1)</script> "Bobby" [x](https://evil.example) **b**', phone, '"><img src=x onerror=alert(1)>', address_city,
    address_postal_code, address_country, '<b>DE1</b>', tax_id_type, tax_id_status, is_deleted, created_at,
    'javascript:alert(1)'
from customers where customer_id = 'cus_mario';

insert into charges
select
    'stripe:stripe_eu:ch_evil', gateway, account, 'ch_evil', 'stripe:stripe_eu:cus_evil', payment_intent_id, null,
    'evil@example.com', customer_name, status, raw_status, amount_minor, captured_minor, refunded_minor,
    refundable_minor, currency, description, '<img src=x onerror=alert(2)>', method_brand, method_last4, method_type,
    failure_code, failure_message, is_disputed, created_at, captured_at, country, 'javascript:alert(3)'
from charges where charge_id = 'ch_first';

-- Searched for the numbers that a ticket's text names.
create table orders as select null::varchar as customer_ref, null::varchar as number where false;
alter table charge_explanations add column order_number varchar;
