"""Money that is reserved first: authorizations, which are captured in one or several parts, or let go."""

from decimal import Decimal

from sandbox.paypal import payments, people
from sandbox.paypal.books import Books, Thing
from sandbox.paypal.errors import refused
from sandbox.paypal.money import major, moment
from sandbox.paypal.payments import DAY, cart, show_in_order
from sandbox.state import Json

_MOST = Decimal("1.15")  # what may be captured in all, by default


def authorize(books: Books, order: Thing) -> Thing:
    """Reserve the money of an approved order for 29 days."""
    unit = order.body["purchase_units"][0]
    id = books.new_id("authorization")
    body = {
        "id": id,
        "status": "CREATED",
        "amount": {key: unit["amount"][key] for key in ("currency_code", "value")},
        **{name: unit[name] for name in ("invoice_id", "custom_id") if name in unit},
        "seller_protection": {"status": "ELIGIBLE", "dispute_categories": ["ITEM_NOT_RECEIVED"]},
        "expiration_time": moment(books.at + 29 * DAY),
        "create_time": books.now,
        "update_time": books.now,
        "supplementary_data": {"related_ids": {"order_id": order.id}},
    }
    held = books.make("authorization", id, body, {"order": order.id, "captured": "0"})
    person, is_guest = order.inner["person"], order.inner["is_guest"]
    books.report(
        "T1300", id, major(unit["amount"]), unit["amount"]["currency_code"], reference=("ODR", order.id),
        info={**people.account_info(person, is_guest), "transaction_subject": unit["description"]},
        more=cart(person, is_guest, unit["description"], major(unit["amount"]), unit["amount"]["currency_code"]),
    )  # fmt: skip
    order.body["status"] = "COMPLETED"
    books.put(order)
    _show(books, held)
    books.emit("PAYMENT.AUTHORIZATION.CREATED", "authorization", held.body)
    return held


def capture_authorization(
    books: Books,
    held: Thing,
    amount: Decimal | None = None,
    *,
    is_final: bool = True,
    info: Json | None = None,
) -> Thing:
    """Take reserved money, all that is left of it or a part; a final capture lets the rest go.

    Raises:
        PaypalError: more than PayPal allows, or an invoice number that a capture has already.
    """
    order = books.must("order", held.inner["order"])
    reserved, currency = major(held.body["amount"]), held.body["amount"]["currency_code"]
    before = Decimal(held.inner.get("captured", "0"))
    amount = reserved - before if amount is None else amount
    if before + amount > reserved * _MOST:
        raise refused(422, "MAX_CAPTURE_AMOUNT_EXCEEDED", "/amount/value")
    told = {name: held.body[name] for name in ("invoice_id", "custom_id") if name in held.body} | (info or {})
    if "invoice_id" in (info or {}) and any(
        one.body.get("invoice_id") == told["invoice_id"] for one in books.every("capture")
    ):
        raise refused(422, "DUPLICATE_INVOICE_ID", "/invoice_id")
    taken = payments.take(
        books, order.inner["person"], amount, currency, order.body["purchase_units"][0]["description"],
        order=order.id, authorization=held.id, is_guest=order.inner["is_guest"], info=told,
    )  # fmt: skip
    taken.body["final_capture"] = is_final
    books.put(taken)
    is_whole = is_final or before + amount >= reserved
    held.inner["captured"] = str(before + amount)
    held.body |= {"status": "CAPTURED" if is_whole else "PARTIALLY_CAPTURED", "update_time": books.now}
    _show(books, held)
    order = books.must("order", order.id)
    show_in_order(books, order, "captures", taken, f"/v2/payments/authorizations/{held.id}")
    return taken


def void(books: Books, held: Thing) -> None:
    """Let reserved money go, or what is left of it."""
    left = major(held.body["amount"]) - Decimal(held.inner.get("captured", "0"))
    held.body |= {"status": "VOIDED", "update_time": books.now}
    _show(books, held)
    currency = held.body["amount"]["currency_code"]
    books.report("T1302", books.new_id("void"), -left, currency, reference=("TXN", held.id))
    books.rereport("T1300", held.id, lambda told: told.update(transaction_status="V"))
    books.emit("PAYMENT.AUTHORIZATION.VOIDED", "authorization", held.body)


def _show(books: Books, held: Thing) -> None:
    """Store an authorization, and its state in its order."""
    books.put(held)
    order = books.must("order", held.inner["order"])
    show_in_order(books, order, "authorizations", held, f"/v2/checkout/orders/{order.id}")
