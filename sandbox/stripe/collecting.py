"""How an invoice gets paid: the card is charged, failed payments are tried again, and at last given up."""

from typing import Any

from sandbox.state import Json
from sandbox.stripe import accounting, agenda, invoices, payments, shapes, wallets
from sandbox.stripe.books import Books
from sandbox.stripe.currency import major
from sandbox.stripe.payments import DAY

RETRY_DAYS = (3, 5, 7)  # after the first, second and third failure; then the subscription is canceled

_TITLES = {
    "subscription_create": "Subscription creation",
    "subscription_cycle": "Subscription update",
    "subscription_update": "Subscription update",
}


def finalise(books: Books, invoice: str) -> None:
    """A draft's hour is over: it is finalised, and its payment begins."""
    found = books.must("invoice", invoice)
    if found["status"] != "draft" or not books.get("customer", found["customer"]):
        return
    subscription = books.get("subscription", _subscription(found) or "")
    if subscription and (subscription["pause_collection"] or {}).get("behavior") == "void":
        invoices.void(
            books, invoices.finalise(books, found)
        )  # what falls due during a pause is not collected
        return
    begin(books, found)


def begin(books: Books, invoice: Json) -> Json:
    """Finalise a draft; open its payment intent; charge the card unless the invoice is sent for payment."""
    invoices.finalise(books, invoice)
    if invoice["amount_due"] == 0:
        return _settled(books, invoice, 0)
    intent = payments.create_intent(
        books,
        major(invoice["amount_due"], invoice["currency"]),
        invoice["currency"],
        customer=invoice["customer"],
        description=_TITLES.get(invoice["billing_reason"], "Payment for Invoice"),
    )
    payment: Json = {
        "id": books.new_id("inpay"),
        "object": "invoice_payment",
        "amount_paid": None,
        "amount_requested": invoice["amount_due"],
        "created": books.at,
        "currency": invoice["currency"],
        "invoice": invoice["id"],
        "is_default": True,
        "livemode": False,
        "payment": {"payment_intent": intent["id"], "type": "payment_intent"},
        "status": "open",
        "status_transitions": {"canceled_at": None, "paid_at": None},
    }
    books.put(payment, payment_intent=intent["id"])
    if invoice["collection_method"] == "send_invoice":
        books.emit("invoice.sent", invoice)
        return invoice
    return pay(books, invoice)


def pay(books: Books, invoice: Json, *, settles: bool = True) -> Json:
    """Charge the customer's card for an open invoice once. Money moves unless the bank declines."""
    payment = payment_of(books, invoice)
    intent = books.must("payment_intent", payment["payment"]["payment_intent"])
    intent["amount"] = invoice["amount_remaining"]
    wallet = wallets.of(books, invoice["customer"])
    billing = shapes.billing_details(books.get("customer", invoice["customer"]), invoice["customer_email"])
    invoice["attempt_count"] += 1
    invoice["attempted"] = True
    charge = payments.attempt(
        books, intent, wallet["card"], billing, decline=wallet["decline"], settles=settles
    )
    if charge["status"] == "failed":
        return _failed(books, invoice)
    payment["status_transitions"]["paid_at"] = books.at
    accounting.received(books, invoice, charge)
    paid = _settled(books, invoice, charge["amount"])
    books.change(payment, "invoice_payment.paid", status="paid", amount_paid=charge["amount"])
    return paid


def retry(books: Books, invoice: str) -> None:
    """Try again to collect an invoice that is still open; also pays one that was sent, when its hour comes."""
    found = books.must("invoice", invoice)
    if found["status"] == "open" and books.get("customer", found["customer"]):
        pay(books, found)


def payment_of(books: Books, invoice: Json) -> Json:
    """Return the invoice payment that joins a finalised invoice to its payment intent."""
    found: Json = books.linked("invoice_payment", "invoice", invoice["id"])[0]
    return found


def _settled(books: Books, invoice: Json, cents: int) -> Json:
    invoices.paid_in_full(books, invoice, cents)
    _follow(books, invoice, "past_due", "active", delinquent=False)
    return invoice


def _failed(books: Books, invoice: Json) -> Json:
    tries = invoice["attempt_count"]
    again = books.at + RETRY_DAYS[tries - 1] * DAY if tries <= len(RETRY_DAYS) else None
    books.change(invoice, "invoice.payment_failed", next_payment_attempt=again)
    _follow(books, invoice, "active", "past_due", delinquent=True)
    subscription = _subscription(invoice)
    if again is not None:
        agenda.plan(books.state, books.account, again, "retry_invoice", invoice=invoice["id"])
    elif subscription is not None:
        agenda.plan(
            books.state, books.account, books.at, "cancel_subscription",
            subscription=subscription, reason="payment_failed",
        )  # fmt: skip
    return invoice


def _follow(books: Books, invoice: Json, before: str, after: str, *, delinquent: bool) -> None:
    customer = books.get("customer", invoice["customer"])
    if customer is not None and customer["delinquent"] != delinquent:
        books.change(customer, "customer.updated", delinquent=delinquent)
    subscription = _subscription(invoice)
    found: dict[str, Any] | None = books.get("subscription", subscription) if subscription else None
    if found is not None and found["status"] == before:
        books.change(found, "customer.subscription.updated", status=after)


def _subscription(invoice: Json) -> str | None:
    parent = invoice["parent"]
    return str(parent["subscription_details"]["subscription"]) if parent else None
