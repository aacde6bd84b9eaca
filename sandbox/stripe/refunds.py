"""Money on its way back: refunds that succeed, wait, fail late."""

from sandbox.state import Json
from sandbox.stripe import accounting, agenda
from sandbox.stripe.books import Books
from sandbox.stripe.currency import major
from sandbox.stripe.payments import DAY

# metadata.sandbox_refund of a charge decides what becomes of its refunds; without it they succeed at once
FATES = {
    "pending": ("pending", "fail_refund"),
    "pending_then_succeeds": ("pending", "complete_refund"),
    "fails_later": ("succeeded", "fail_refund"),
}
FATE_DAYS = 2


def left(charge: Json) -> int:
    """Return what can still be refunded of a charge, in Stripe's minor units."""
    return int(charge["amount_captured"]) - _given_back(charge)


def _given_back(charge: Json) -> int:
    # A partial capture counts its released part as refunded; that part was never taken.
    return int(charge["amount_refunded"]) - (int(charge["amount"]) - int(charge["amount_captured"]))


def create(
    books: Books,
    charge: Json,
    amount: int,
    *,
    reason: str | None = None,
    metadata: Json | None = None,
    noted: bool = False,
) -> Json:
    """Give back `amount` (Stripe's minor units) of a charge, which the caller has found to be refundable.

    Money moves: the balance goes down at once, also while the refund is pending. `noted`: a credit note will
    explain it, and takes the tax back.
    """
    status, later = FATES.get(charge["metadata"].get("sandbox_refund", ""), ("succeeded", None))
    currency = charge["currency"]
    id = books.new_id("re")
    paid = major(amount, currency)
    moved = books.balance("refund", id, currency, -paid, days=1, description="REFUND FOR CHARGE")
    books.record(currency, "refunded", paid)
    accounting.given_back(books, charge, id, paid, noted=noted)
    card: Json = {"type": "pending" if status == "pending" else "refund"}
    if status == "succeeded":
        card |= {"reference": id[-12:], "reference_status": "available"}
        card["reference_type"] = "acquirer_reference_number"
    refund: Json = {
        "id": id,
        "object": "refund",
        "amount": amount,
        "balance_transaction": moved["id"],
        "charge": charge["id"],
        "created": books.at,
        "currency": currency,
        "customer": charge["customer"],
        "destination_details": {"card": card, "type": "card"},
        "metadata": metadata or {},
        "payment_intent": charge["payment_intent"],
        "payment_method": charge["payment_method"],
        "reason": reason,
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": status,
        "transfer_reversal": None,
    }
    if status == "pending":
        refund["pending_reason"] = "processing"
    books.put(refund)
    books.emit("refund.created", refund)
    _set_refunded(books, charge, int(charge["amount_refunded"]) + amount, "charge.refunded")
    if later is not None:
        agenda.plan(books.state, books.account, books.at + FATE_DAYS * DAY, later, refund=id)
    return refund


def fail(books: Books, refund: str) -> None:
    """The bank could not take the money: it is back in the balance, and the charge is refundable again."""
    found = books.must("refund", refund)
    if found["status"] not in ("pending", "succeeded"):
        return
    currency, amount = found["currency"], found["amount"]
    paid = major(amount, currency)
    moved = books.balance(
        "refund_failure",
        refund,
        currency,
        paid,
        days=1,
        description="REFUND FAILURE",
        category="refund_failure",
    )
    books.record(currency, "refunded", -paid)
    accounting.given_back(books, books.must("charge", found["charge"]), refund, -paid)
    previous = {"status": found["status"], "failure_reason": None, "failure_balance_transaction": None}
    found.update(
        status="failed", failure_reason="expired_or_canceled_card", failure_balance_transaction=moved["id"]
    )
    found.pop("pending_reason", None)
    books.put(found)
    for type in ("refund.failed", "refund.updated", "charge.refund.updated"):
        books.emit(type, found, previous)
    charge = books.must("charge", found["charge"])
    _set_refunded(books, charge, int(charge["amount_refunded"]) - amount, "charge.updated")


def complete(books: Books, refund: str) -> None:
    """A pending refund has reached its owner."""
    found = books.must("refund", refund)
    if found["status"] == "pending":
        found.pop("pending_reason", None)
        found["destination_details"]["card"]["type"] = "refund"
        books.change(found, "refund.updated", status="succeeded")
        books.emit("charge.refund.updated", found, {"status": "pending"})


def _set_refunded(books: Books, charge: Json, amount_refunded: int, type: str) -> None:
    whole = amount_refunded == charge["amount"]
    books.change(charge, type, amount_refunded=amount_refunded, refunded=whole)
