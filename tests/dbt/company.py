"""A small company whose books hold every case that the models must get right: raw rows of two accounts, a shop."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import orjson

from tests.dbt import stripe_objects as stripe
from tests.dbt import woocommerce_objects as woocommerce
from tests.dbt.stripe_objects import DAY, NOW, Object

AS_OF = "2026-11-23 18:00:00"
TABLES = (
    "customers", "products", "prices", "payment_intents", "charges", "refunds", "subscriptions", "invoices",
    "invoice_payments", "tax_ids", "tax_rates", "credit_notes", "disputes", "balance_transactions", "payouts",
    "coupons", "events", "accounts",
)  # fmt: skip
KINDS = {table.removesuffix("s"): table for table in TABLES}
Raw = dict[str, list[tuple[Any, ...]]]
"""Rows by table: Stripe's by its name alone, another gateway's as "raw_woocommerce.orders"."""


def raw_row(account: str, thing: Object, batch: str, *, is_deleted: bool = False) -> tuple[Any, ...]:
    """One raw row: account, id, created_at, fetched_at, api_version, is_deleted, batch_id, data."""
    created = (
        datetime.fromtimestamp(thing["created"], UTC).replace(tzinfo=None) if thing.get("created") else None
    )
    fetched = datetime(2026, 11, 23, 18)  # noqa: DTZ001 - the warehouse keeps naive UTC
    body = orjson.dumps(thing).decode()
    return (account, thing["id"], created, fetched, "2026-10-28.endive", is_deleted, batch, body)


def raw_rows(objects: dict[str, Iterable[Object]], batch: str = "20261123T180000.000000") -> Raw:
    """Raw rows by table of {account: its objects}."""
    rows: Raw = {table: [] for table in TABLES}
    for account, things in objects.items():
        for thing in things:
            rows[KINDS[thing["object"]]].append(raw_row(account, thing, batch))
    return rows


def paid_invoice(number: str, customer: str, price: Object, taxes: list[Object], **more: Any) -> list[Object]:
    """A paid invoice with its one line, charge, payment and balance transaction, all named after `number`."""
    currency, amount = price["currency"], price["unit_amount"]
    charge = more.pop("charge", {})
    bill = stripe.invoice(
        f"in_{number}", customer, [stripe.line(f"il_{number}", amount, price, taxes)], currency, **more
    )
    settled = stripe.balance_transaction(
        f"txn_{number}", f"ch_{number}", bill["total"], currency, fee=100, created=NOW - 10 * DAY + 60
    )
    return [
        bill,
        stripe.payment_intent(f"pi_{number}", bill["total"], currency, customer=customer),
        stripe.charge(
            f"ch_{number}", bill["total"], currency, customer=customer, payment_intent=f"pi_{number}",
            balance_transaction=f"txn_{number}", **charge,
        ),
        stripe.invoice_payment(f"inpay_{number}", bill["id"], f"pi_{number}", bill["total"], currency),
        settled,
    ]  # fmt: skip


def returned(refund: Object) -> Object:
    """The balance transaction of a refund."""
    return stripe.balance_transaction(
        f"txn_{refund['id']}", refund["id"], -refund["amount"], refund["currency"], type="refund"
    )


def anna(pro: Object) -> list[Object]:
    """A first payment with a coupon and VAT after it, and an upgrade settled with the difference."""
    team = stripe.price("price_team", "prod_team", 9900)
    coupon = {"id": "di_spring", "object": "discount", "source": {"coupon": "SPRING", "type": "coupon"}}
    cut = {"amount": 500, "discount": "di_spring"}
    first = stripe.line("il_spring", 4900, pro, [stripe.tax(823, 3577, "txr_pl")], discount_amounts=[cut])
    details = {"proration": True, "subscription": "sub_anna", "invoice_item": "ii_1"}
    parent = {
        "invoice_item_details": details,
        "subscription_item_details": None,
        "type": "invoice_item_details",
    }
    change = [
        stripe.line("il_unused", -2000, pro, parent=parent),
        stripe.line("il_rest", 4000, team, parent=parent),
    ]
    bills = {
        "spring": ([first], {"discounts": [coupon], "billing_reason": "subscription_create"}, 4400),
        "upgrade": (change, {"billing_reason": "subscription_update"}, 2000),
    }
    found = [
        stripe.customer("cus_anna", email="anna@example.com", metadata={"user_id": "u-7"}),
        stripe.coupon("SPRING", amount_off=500, currency="eur", percent_off=None), team,
        stripe.subscription("sub_anna", "cus_anna", [team]),
    ]  # fmt: skip
    for name, (lines, more, total) in bills.items():
        found += [
            stripe.invoice(f"in_{name}", "cus_anna", lines, subscription="sub_anna", **more),
            stripe.payment_intent(f"pi_{name}", total, customer="cus_anna"),
            stripe.charge(
                f"ch_{name}", total, customer="cus_anna", payment_intent=f"pi_{name}",
                balance_transaction=f"txn_{name}",
            ),
            stripe.invoice_payment(f"inpay_{name}", f"in_{name}", f"pi_{name}", total),
            stripe.balance_transaction(f"txn_{name}", f"ch_{name}", total),
        ]  # fmt: skip
    return found


def europe() -> list[Object]:
    """stripe_eu: EUR with inclusive VAT, ISK, partial and failed refunds, a past-due renewal, a guest, disputes."""
    pro = stripe.price("price_pro", "prod_pro", 4900)
    yearly = stripe.price(
        "price_yearly", "prod_pro", 49000, nickname="Pro, the whole year",
        recurring={"interval": "year", "interval_count": 1},
    )  # fmt: skip
    quarter = stripe.price(
        "price_quarter", "prod_team", 9900, recurring={"interval": "month", "interval_count": 3}
    )
    isk = stripe.price("price_isk", "prod_pro", 690000, "isk")
    vat = stripe.tax(916, 3984, "txr_pl")
    partial = stripe.refund(
        "re_partial",
        "ch_maria",
        2000,
        reason="requested_by_customer",
        metadata={"billhouse_action_id": "act1"},
        balance_transaction="txn_re_partial",
    )
    late = stripe.line("il_late", 4900, pro, [vat])
    return [
        stripe.account("acct_eu", "DE", "eur"),
        stripe.product("prod_pro", "Pro"), stripe.product("prod_team", "Team"), pro, yearly, quarter, isk,
        stripe.tax_rate("txr_pl", 23, "PL"), stripe.tax_rate("txr_de", 19.0, "DE", inclusive=False),
        stripe.tax_rate("txr_rc", 0, "FR", display_name="Reverse charge"),
        stripe.customer("cus_maria", email="Maria@Example.com ", name="Maria Kowalska", address={
            "city": "Warszawa", "country": "PL", "line1": "Prosta 1", "line2": None, "postal_code": "00-001",
            "state": None,
        }),
        stripe.tax_id("txi_old", "cus_maria", "PL0000000000", created=NOW, verification={"status": "unverified"}),
        stripe.tax_id("txi_maria", "cus_maria", "PL5252344078"),
        stripe.subscription("sub_maria", "cus_maria", [pro], status="past_due"),
        *paid_invoice("maria", "cus_maria", pro, [vat], subscription="sub_maria", charge={"amount_refunded": 2000}),
        partial, returned(partial),
        stripe.invoice("in_late", "cus_maria", [late], subscription="sub_maria", status="open", attempt_count=2),
        stripe.charge(
            "ch_late", 4900, customer="cus_maria", payment_intent="pi_late", status="failed", created=NOW - DAY,
            failure_code="card_declined", failure_message="Your card was declined.",
        ),
        stripe.payment_intent("pi_late", 4900, status="requires_payment_method", amount_received=0),
        {**stripe.invoice_payment("inpay_late", "in_late", "pi_late", 0), "status": "open", "amount_paid": None},
        # ISK: Stripe sends it times 100
        stripe.customer("cus_bjork", email="björk@example.com", name="Björk Jónsdóttir"),
        stripe.subscription("sub_bjork", "cus_bjork", [isk], cancel_at_period_end=True),
        *paid_invoice(
            "bjork", "cus_bjork", isk, [], subscription="sub_bjork", billing_reason="subscription_create"
        ),
        # exclusive VAT with a coupon, and a reverse charge
        stripe.customer("cus_otto", name="Otto"),
        stripe.subscription("sub_otto", "cus_otto", [pro, quarter], pause_collection={"behavior": "void"}),
        stripe.invoice(
            "in_otto", "cus_otto",
            [
                stripe.line("il_otto_1", 10000, pro, [stripe.tax(1710, 9000, "txr_de", "exclusive")],
                            discount_amounts=[{"amount": 1000, "discount": "di_1"}]),
                stripe.line(
                    "il_otto_2", 5000, yearly, [stripe.tax(0, 5000, "txr_rc", "exclusive", "reverse_charge")]
                ),
            ],
            status="open", collection_method="send_invoice", attempt_count=0, due_date=NOW + 14 * DAY,
        ),
        stripe.invoice("in_draft", "cus_otto", [], status="draft", number=None),
        stripe.invoice("in_void", "cus_otto", [stripe.line("il_void", 700, pro)], status="void"),
        stripe.credit_note("cn_1", "cus_otto", "in_otto", 500),
        *anna(pro),
        *mishaps(pro),
    ]  # fmt: skip


def mishaps(pro: Object) -> list[Object]:
    """A refund that failed later, a full one, a dispute, one that was won, a guest, an authorisation let go."""
    return [
        *paid_invoice("otto2", "cus_otto", pro, [], billing_reason="manual"),
        stripe.refund("re_failed", "ch_otto2", 4900, status="failed", failure_reason="expired_or_canceled_card"),
        stripe.charge(
            "ch_full", 1500, customer="cus_otto", amount_refunded=1500, refunded=True, description="Sticker"
        ),
        stripe.refund("re_full", "ch_full", 1500, status="pending"),
        stripe.charge("ch_disputed", 2500, customer="cus_otto", disputed=True),
        stripe.dispute("du_1", "ch_disputed", 2500),
        stripe.charge("ch_won", 2600, customer="cus_otto", disputed=True),
        stripe.dispute("du_2", "ch_won", 2600, status="won"),
        stripe.charge(
            "ch_guest", 1999, billing_details={
                "address": {}, "email": "Guest@Example.com", "name": "A Guest", "phone": None, "tax_id": None,
            },
        ),
        stripe.charge("ch_held", 3000, customer="cus_otto", captured=False),
        stripe.charge(
            "ch_released", 3000, customer="cus_otto", captured=False, refunded=True, amount_refunded=3000
        ),
        stripe.charge("ch_waiting", 3100, customer="cus_otto", status="pending"),
        stripe.payout("po_1", 50000), stripe.coupon("co_1"),
        stripe.event("evt_1", "customer.created", {"id": "cus_otto", "object": "customer"}),
    ]  # fmt: skip


def america() -> list[Object]:
    """stripe_us: USD, JPY (no decimals) and KWD (three), and a second account of the same person."""
    yen = stripe.price("price_yen", "prod_pro", 5400, "jpy")
    dinar = stripe.price("price_dinar", "prod_pro", 12500, "kwd")
    return [
        stripe.account("acct_us", "US", "usd"),
        stripe.product("prod_pro", "Pro"), yen, dinar,
        stripe.customer("cus_kenji", email="kenji@example.com"),
        stripe.customer("cus_fatima", email="fatima@example.com"),
        stripe.customer("cus_maria_us", email="maria@example.com", name="Maria K.", created=NOW - 10 * DAY),
        stripe.customer("cus_anna_us", email="anna.b@example.com", metadata={"user_id": "u-7"}),
        stripe.customer("cus_office", email="office@example.com"),
        stripe.subscription("sub_kenji", "cus_kenji", [yen]),
        *paid_invoice(
            "kenji", "cus_kenji", yen, [], subscription="sub_kenji", billing_reason="subscription_update"
        ),
        *paid_invoice("fatima", "cus_fatima", dinar, []),
        stripe.charge("ch_dollars", 123456, "usd", customer="cus_maria_us", description="Workshop"),
    ]  # fmt: skip


def statements() -> list[tuple[Any, ...]]:
    """What agents said about who is who: one link that stands, one that was taken back."""
    otto, kenji = "stripe:stripe_eu:cus_otto", "stripe:stripe_us:cus_kenji"
    later = "2026-11-23T19:00:00.000000+00:00"
    return [
        (1, "link", otto, kenji, "ana@lampa.example", None),
        (2, "link", "stripe:stripe_us:cus_fatima", kenji, "ana@lampa.example", later),
    ]


def company() -> Raw:
    """All raw rows of both accounts and of the shop, which is there for what Stripe does not have: orders."""
    batch = "20261123T180000.000000"
    shop = [raw_row("woo_eu", {**each, "id": str(each["id"])}, batch) for each in woocommerce.orders()]
    return raw_rows({"stripe_eu": europe(), "stripe_us": america()}) | {"raw_woocommerce.orders": shop}
