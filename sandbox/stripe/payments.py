"""Payment intents and their charges: attempts, captures, cancellations, and the money that reaches the balance."""

from decimal import Decimal
from typing import Any

from sandbox.state import Json
from sandbox.stripe import agenda
from sandbox.stripe import payment_shapes as shapes
from sandbox.stripe.books import Books
from sandbox.stripe.currency import major, units

DAY = 86_400
AUTHORISATION_DAYS = 7

# (percent, fixed part in major units) that Stripe keeps of a payment; the rest by default
FEES: dict[str, tuple[Decimal, Decimal]] = {
    "eur": (Decimal("1.5"), Decimal("0.25")),
    "gbp": (Decimal("1.5"), Decimal("0.20")),
    "pln": (Decimal("1.5"), Decimal("1.00")),
    "isk": (Decimal("2.5"), Decimal("35")),
    "usd": (Decimal("2.9"), Decimal("0.30")),
    "jpy": (Decimal("3.6"), Decimal("0")),
    "kwd": (Decimal("2.9"), Decimal("0.100")),
}

DECLINES = {
    "generic_decline": ("card_declined", "Your card was declined."),
    "insufficient_funds": ("card_declined", "Your card has insufficient funds."),
    "expired_card": ("expired_card", "Your card has expired."),
}


def create_intent(
    books: Books,
    amount: Decimal,
    currency: str,
    *,
    customer: str | None = None,
    manual: bool = False,
    **given: Any,
) -> Json:
    """Open a payment of `amount` (major units). No money moves. `given` may set description, metadata and more."""
    cents = units(amount, currency)
    intent = shapes.intent(books.new_id("pi"), books.at, cents, currency, customer=customer, **given)
    intent["capture_method"] = "manual" if manual else "automatic_async"
    books.put(intent)
    books.emit("payment_intent.created", intent)
    return intent


def attempt(
    books: Books,
    intent: Json,
    card: Json,
    billing: Json,
    *,
    decline: str | None = None,
    settles: bool = True,
) -> Json:
    """Try to take the intent's amount from a card and return the charge, succeeded or failed.

    Args:
        books: the account.
        intent: the payment intent; it is changed.
        card: brand, last4 ..., and "id" of the payment method if stored.
        billing: Stripe's billing_details.
        decline: a key of DECLINES: the bank says no.
        settles: False leaves the charge without a balance transaction for two days (fee not known yet).
    """
    charge = shapes.charge(books.new_id("ch"), books.at, intent, card, billing)
    if decline is not None:
        return _declined(books, intent, charge, decline)
    intent["latest_charge"] = charge["id"]
    intent["payment_method"] = charge["payment_method"]
    intent["last_payment_error"] = None
    if intent["capture_method"] == "manual":
        charge["payment_method_details"]["card"]["capture_before"] = books.at + AUTHORISATION_DAYS * DAY
        books.put(charge)
        books.emit("charge.succeeded", charge)
        books.change(
            intent,
            "payment_intent.amount_capturable_updated",
            status="requires_capture",
            amount_capturable=intent["amount"],
        )
        when = books.at + AUTHORISATION_DAYS * DAY
        agenda.plan(books.state, books.account, when, "expire_authorisation", intent=intent["id"])
        return charge
    charge["captured"] = True
    charge["amount_captured"] = charge["amount"]
    _received(books, charge, settles)
    books.put(charge)
    books.emit("charge.succeeded", charge)
    books.change(intent, "payment_intent.succeeded", status="succeeded", amount_received=charge["amount"])
    return charge


def capture(books: Books, intent: Json, amount: int | None = None) -> Json:
    """Take what was authorised, or less of it (Stripe's minor units), and return the intent. Money moves."""
    charge = books.must("charge", intent["latest_charge"])
    taken = charge["amount"] if amount is None else amount
    released = charge["amount"] - taken
    charge.update(captured=True, amount_captured=taken, amount_refunded=released, refunded=False)
    _received(books, charge, settles=True)
    books.put(charge)
    books.emit("charge.captured", charge)
    return books.change(
        intent, "payment_intent.succeeded", status="succeeded", amount_capturable=0, amount_received=taken
    )


def cancel(books: Books, intent: Json, reason: str | None) -> Json:
    """Give up an intent; an authorisation is released, which is no refund since nothing was taken."""
    if intent["status"] == "requires_capture":
        charge = books.must("charge", intent["latest_charge"])
        expired = reason == "automatic"
        books.change(
            charge,
            "charge.expired" if expired else "charge.refunded",
            refunded=True,
            amount_refunded=charge["amount"],
        )
    return books.change(
        intent,
        "payment_intent.canceled",
        status="canceled",
        canceled_at=books.at,
        cancellation_reason=reason,
        amount_capturable=0,
    )


def expire_authorisation(books: Books, intent: str) -> None:
    """Seven days are over: what was authorised and not captured is released."""
    found = books.must("payment_intent", intent)
    if found["status"] == "requires_capture":
        cancel(books, found, "automatic")


def settle(books: Books, charge: str) -> None:
    """Give a charge its late balance transaction: now the fee is known."""
    found = books.must("charge", charge)
    if found["balance_transaction"] is None:
        found["balance_transaction"] = _settled(books, found)
        books.put(found)
        books.emit("charge.updated", found, {"balance_transaction": None})


def country_of(charge: Json) -> str | None:
    """Return the country that the payer named, or None."""
    address = charge["billing_details"].get("address") or {}
    return address.get("country") or None


def _received(books: Books, charge: Json, settles: bool) -> None:
    currency = charge["currency"]
    taken = major(charge["amount_captured"], currency)
    books.record(currency, "charged", taken)
    books.desk.revenue(currency, country_of(charge), "gross", taken)
    if settles:
        charge["balance_transaction"] = _settled(books, charge)
    else:
        agenda.plan(books.state, books.account, books.at + 2 * DAY, "settle_charge", charge=charge["id"])


def _settled(books: Books, charge: Json) -> str:
    currency = charge["currency"]
    amount = major(charge["amount_captured"], currency)
    percent, fixed = FEES.get(currency, (Decimal("2.9"), Decimal(0)))
    fee = min(amount * percent / 100 + fixed, amount)
    moved = books.balance(
        "charge",
        charge["id"],
        currency,
        amount,
        fee=fee,
        days=3,
        description=charge["description"],
        country=country_of(charge),
    )
    return str(moved["id"])


def _declined(books: Books, intent: Json, charge: Json, decline: str) -> Json:
    code, message = DECLINES[decline]
    charge.update(status="failed", paid=False, failure_code=code, failure_message=message, receipt_url=None)
    charge["outcome"] = {
        "advice_code": "try_again_later",
        "network_advice_code": None,
        "network_decline_code": None,
        "network_status": "declined_by_network",
        "reason": decline,
        "risk_level": "normal",
        "risk_score": 12,
        "seller_message": "The bank did not return any further details with this decline.",
        "type": "issuer_declined",
    }
    books.put(charge)
    books.emit("charge.failed", charge)
    error = {
        "advice_code": "try_again_later",
        "charge": charge["id"],
        "code": code,
        "decline_code": decline,
        "message": message,
        "type": "card_error",
    }
    books.change(
        intent,
        "payment_intent.payment_failed",
        status="requires_payment_method",
        last_payment_error=error,
        latest_charge=charge["id"],
        payment_method=None,
    )
    return charge
