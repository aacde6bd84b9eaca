"""What made-up people do at the company: join, buy, upgrade, quarrel, leave. Each deed happens at its own time."""

from decimal import Decimal

from sandbox import catalogue
from sandbox.state import Json
from sandbox.stripe import (
    agenda,
    collecting,
    credits,
    disputes,
    invoices,
    payments,
    refunds,
    shapes,
    subscribing,
    wallets,
)
from sandbox.stripe.agenda import Deed
from sandbox.stripe.books import Books
from sandbox.stripe.currency import major, rounded, units
from sandbox.stripe.invoice_shapes import Item
from sandbox.stripe.payment_shapes import CARD

_PRIVATE = "sandbox"


def customer_of(books: Books, key: str) -> Json:
    """Return the customer that a made-up person is.

    Raises:
        LookupError: the person has not joined yet.
    """
    person = books.state.get(_PRIVATE, books.account, "person", key)
    if person is None:
        raise LookupError(f"{key} has not joined {books.account}")
    return books.must("customer", person["customer"])


def join(
    books: Books,
    person: Json,
    card: Json | None = None,
    tax_id: list[str] | None = None,
    reverse: bool = False,
) -> None:
    """A person becomes a customer with a card; `tax_id` is [type, value, verification status]."""
    customer = shapes.customer(
        books.new_id("cus"),
        books.at,
        name=person["name"],
        email=person["email"],
        phone=person["phone"],
        address=person["address"],
        tax_exempt="reverse" if reverse else "none",
        preferred_locales=[],
    )
    books.put(customer)
    books.emit("customer.created", customer)
    wallets.store(books, customer, card)
    kept = {"id": person["key"], "customer": customer["id"]}
    books.state.put(_PRIVATE, books.account, "person", kept)
    if tax_id is not None:
        type, value, status = tax_id
        one = shapes.tax_id(
            books.new_id("txi"), books.at, customer["id"], type, value, status, person["name"]
        )
        books.put(one)
        books.emit("customer.tax_id.created", one)


def subscribe(
    books: Books,
    key: str,
    prices: list[list[object]],
    rate: str | None = None,
    trial_days: int = 0,
    coupon: str | None = None,
) -> None:
    """A customer subscribes to [[price key, quantity], ...]."""
    pairs = [(catalogue.find(books, "price", str(name)), int(str(quantity))) for name, quantity in prices]
    subscribing.create(
        books,
        customer_of(books, key),
        pairs,
        trial_days=trial_days,
        coupon=books.must("coupon", coupon) if coupon else None,
        rates=[catalogue.find(books, "tax_rate", rate)] if rate else [],
    )


def upgrade(books: Books, key: str, price: str) -> None:
    """A customer moves to a dearer plan in the middle of a period."""
    for subscription in _subscriptions(books, key):
        subscribing.change_price(books, subscription, catalogue.find(books, "price", price))


def end(books: Books, key: str, at_once: bool = False) -> None:
    """A customer has had enough: now, or when the paid period is over."""
    for subscription in _subscriptions(books, key):
        if at_once:
            subscribing.cancel(books, subscription["id"], "cancellation_requested")
        else:
            subscribing.set_cancel_at_period_end(books, subscription, True)


def decline(books: Books, key: str, why: str | None = "generic_decline") -> None:
    """The customer's bank begins to decline (or, with None, accepts again)."""
    wallets.set_decline(books, customer_of(books, key)["id"], why)


def buy(
    books: Books,
    amount: str,
    currency: str,
    description: str,
    key: str | None = None,
    guest: list[str] | None = None,
    manual: bool = False,
    settles: bool = True,
    declined: str | None = None,
    metadata: Json | None = None,
) -> None:
    """A one-off payment in major units, by a customer or by a guest [name, e-mail]."""
    customer = customer_of(books, key) if key else None
    name, email = guest or ["", ""]
    who = customer or {"name": name, "email": email}
    intent = payments.create_intent(
        books,
        Decimal(amount),
        currency,
        customer=customer["id"] if customer else None,
        manual=manual,
        description=description,
        receipt_email=who["email"],
        metadata=metadata or {},
    )
    card = wallets.of(books, customer["id"])["card"] if customer else CARD
    payments.attempt(books, intent, card, shapes.billing_details(who), decline=declined, settles=settles)


def refund(
    books: Books, key: str, amount: str | None = None, part: str = "1", fate: str | None = None
) -> None:
    """Give back the customer's latest paid charge: an amount (major units), or a part of what was paid."""
    charge = _latest_charge(books, key)
    if charge is None:
        return
    if fate is not None:
        charge["metadata"] = {**charge["metadata"], "sandbox_refund": fate}
    currency = charge["currency"]
    paid = major(charge["amount_captured"], currency)
    wanted = Decimal(amount) if amount else rounded(paid * Decimal(part), currency)
    refunds.create(books, charge, units(wanted, currency), reason="requested_by_customer")


def dispute(
    books: Books,
    key: str,
    reason: str,
    outcome: str | None = None,
    answered: bool = False,
    inquiry: bool = False,
) -> None:
    """The customer's bank disputes the latest charge; `outcome` "won" or "lost" comes 20 days later."""
    charge = _latest_charge(books, key)
    if charge is None:
        return
    found = disputes.begin(books, charge, reason, inquiry=inquiry)
    if answered or outcome:
        agenda.plan(
            books.state, books.account, books.at + 3 * payments.DAY, "answer_dispute", dispute=found["id"]
        )
    if outcome:
        when = books.at + 20 * payments.DAY
        agenda.plan(
            books.state, books.account, when, "close_dispute", dispute=found["id"], won=outcome == "won"
        )


def bill(
    books: Books,
    key: str,
    items: list[list[str]],
    currency: str,
    rate: str | None = None,
    fate: str = "open",
    credit: str | None = None,
) -> None:
    """Send an invoice over [[text, amount], ...], due in 14 days.

    Its fate after a week: open, paid, void, uncollectible; `credit` (major units) is taken off it at once.
    """
    lines = [Item(text, Decimal(amount), books.at, books.at) for text, amount in items]
    rates = [catalogue.find(books, "tax_rate", rate)] if rate else []
    invoice = invoices.draft(
        books, customer_of(books, key), currency, lines, reason="manual", rates=rates, days_until_due=14
    )
    collecting.begin(books, invoice)
    if credit is not None:
        credits.issue(
            books, invoice, Decimal(credit), reason="order_change", memo="Two hours less than planned"
        )
    deed = {"paid": "retry_invoice", "void": "void_invoice", "uncollectible": "write_off_invoice"}.get(fate)
    if deed is not None:
        agenda.plan(books.state, books.account, books.at + 7 * payments.DAY, deed, invoice=invoice["id"])


def note(books: Books, key: str, amount: str) -> None:
    """Refund a part of the customer's latest paid invoice (major units), with a credit note that says so."""
    paid = [
        one
        for one in books.linked("invoice", "customer", customer_of(books, key)["id"])
        if one["amount_paid"]
    ]
    credits.refund_and_note(books, paid[0], Decimal(amount), reason="product_unsatisfactory", memo=None)


def leave(books: Books, key: str) -> None:
    """The customer is deleted; what they paid stays."""
    subscribing.delete_customer(books, customer_of(books, key))


def _subscriptions(books: Books, key: str) -> list[Json]:
    found = books.linked("subscription", "customer", customer_of(books, key)["id"])
    return [one for one in found if one["status"] in ("active", "trialing", "past_due")]


def _latest_charge(books: Books, key: str) -> Json | None:
    for charge in books.linked("charge", "customer", customer_of(books, key)["id"]):
        if charge["captured"] and not charge["disputed"] and refunds.left(charge):
            return charge
    return None


def _open_shop(books: Books) -> None:
    catalogue.open_shop(books)


DEEDS: dict[str, Deed] = {
    "company.bill": bill,
    "company.buy": buy,
    "company.decline": decline,
    "company.dispute": dispute,
    "company.end": end,
    "company.join": join,
    "company.leave": leave,
    "company.note": note,
    "company.open_shop": _open_shop,
    "company.refund": refund,
    "company.subscribe": subscribe,
    "company.upgrade": upgrade,
}
