"""What only the bank knows: a customer's card and whether it is declined. No API shows it."""

from sandbox.state import Json
from sandbox.stripe import shapes
from sandbox.stripe.books import Books
from sandbox.stripe.payment_shapes import CARD

_VENDOR = "sandbox"


def store(books: Books, customer: Json, card: Json | None = None) -> Json:
    """Attach a card (by default the good Visa 4242) to a customer as the default one; returns it."""
    known = CARD | (card or {})
    id = books.new_id("pm")
    method = shapes.payment_method(id, books.at, customer["id"], known, shapes.billing_details(customer))
    books.put(method)
    customer["invoice_settings"]["default_payment_method"] = id
    books.put(customer)
    wallet = {"id": customer["id"], "card": {**known, "id": id}, "decline": None}
    books.state.put(_VENDOR, books.account, "wallet", wallet)
    return {**known, "id": id}


def of(books: Books, customer: str) -> Json:
    """Return a customer's wallet: "card" and "decline" (a key of payments.DECLINES, or None)."""
    found = books.state.get(_VENDOR, books.account, "wallet", customer)
    return found or {"id": customer, "card": CARD, "decline": "generic_decline"}


def set_decline(books: Books, customer: str, decline: str | None) -> None:
    """From now on the bank declines the customer's card for this reason, or (None) accepts it again."""
    books.state.put(_VENDOR, books.account, "wallet", of(books, customer) | {"decline": decline})
