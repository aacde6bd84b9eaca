"""Writing orders, authorizations, captures and refunds; a request id is good for one deed."""

from decimal import Decimal

from sandbox.paypal import payments, refunding, reserving
from sandbox.paypal.books import Thing
from sandbox.paypal.call import Answer, Call, Endpoint
from sandbox.paypal.errors import refused
from sandbox.paypal.money import asked
from sandbox.paypal.payments import DAY
from sandbox.paypal.requests import once
from sandbox.paypal.shapes import minimal, shown

_ORDER_KEPT, _PAYMENT_KEPT = 6 * 3600, 45 * DAY


def answered(call: Call, thing: Thing, status: int = 201) -> Answer:
    """Answer a write: the whole object if the caller prefers it, else its id and status."""
    return status, (shown if call.wants_everything else minimal)(thing, call.url)


def _create_order(call: Call) -> Answer:
    units = call.body.get("purchase_units")
    if (
        not isinstance(units, list)
        or len(units) != 1
        or call.body.get("intent") not in ("CAPTURE", "AUTHORIZE")
    ):
        raise refused(400, "MISSING_REQUIRED_PARAMETER", "/purchase_units", "INVALID_REQUEST")
    unit = units[0]
    amount, currency = asked(unit.get("amount"))
    told = {name: unit[name] for name in ("invoice_id", "custom_id", "reference_id") if name in unit}

    def make() -> Thing:
        return payments.open_order(
            call.books,
            None,
            amount,
            currency,
            unit.get("description", "Order"),
            intent=call.body["intent"],
            unit=told,
        )

    return answered(call, *once(call, "order", _ORDER_KEPT, make))


def _capture_order(call: Call, id: str) -> Answer:
    order = call.find("order", id)

    def make() -> Thing:
        if order.body["intent"] != "CAPTURE":
            raise refused(422, "ACTION_DOES_NOT_MATCH_INTENT")
        if order.body["status"] == "COMPLETED":
            raise refused(422, "ORDER_ALREADY_CAPTURED")
        _agree(call, order)
        payments.capture_order(call.books, order)
        return call.books.must("order", id)

    return answered(call, *once(call, "order", _ORDER_KEPT, make))


def _authorize_order(call: Call, id: str) -> Answer:
    order = call.find("order", id)

    def make() -> Thing:
        if order.body["intent"] != "AUTHORIZE":
            raise refused(422, "ACTION_DOES_NOT_MATCH_INTENT")
        if order.body["status"] == "COMPLETED":
            raise refused(422, "ORDER_ALREADY_AUTHORIZED")
        _agree(call, order)
        reserving.authorize(call.books, order)
        return call.books.must("order", id)

    return answered(call, *once(call, "order", _ORDER_KEPT, make))


def _agree(call: Call, order: Thing) -> None:
    """Take the payer's word for an order: given on PayPal's page, or by a payment method that they let us keep.

    Raises:
        PaypalError: neither is there, or the kept method is unknown or empty.
    """
    source = call.body.get("payment_source")
    if source is None:
        if order.body["status"] != "APPROVED":
            raise refused(422, "ORDER_NOT_APPROVED")
        return
    token = source.get("paypal", {}).get("vault_id") or source.get("token", {}).get("id")
    if not token:
        raise refused(400, "MISSING_REQUIRED_PARAMETER", "/payment_source", "INVALID_REQUEST")
    kept = call.books.find("vault", str(token))
    if kept is None:
        raise refused(422, "TOKEN_ID_NOT_FOUND", "/payment_source")
    if kept.inner["is_empty"]:
        raise refused(422, "INSTRUMENT_DECLINED", "/payment_source")
    payments.approve(call.books, order, kept.inner["person"])


def _capture_authorization(call: Call, id: str) -> Answer:
    """Capture all that is left or a part; without final_capture the rest stays reserved, as in the API."""
    held = call.find("authorization", id)
    amount: Decimal | None = None
    if call.body.get("amount") is not None:
        amount, currency = asked(call.body["amount"])
        if currency != held.body["amount"]["currency_code"]:
            raise refused(422, "AUTH_CAPTURE_CURRENCY_MISMATCH", "/amount/currency_code")
        if amount <= 0:
            raise refused(422, "CANNOT_BE_ZERO_OR_NEGATIVE", "/amount/value")
    told = {"invoice_id": call.body["invoice_id"]} if call.body.get("invoice_id") else {}
    is_final = bool(call.body.get("final_capture", False))

    def make() -> Thing:
        state = held.body["status"]
        if state not in ("CREATED", "PARTIALLY_CAPTURED"):
            raise refused(422, f"AUTHORIZATION_{'ALREADY_CAPTURED' if state == 'CAPTURED' else state}")
        return reserving.capture_authorization(call.books, held, amount, is_final=is_final, info=told)

    return answered(call, *once(call, "capture", _PAYMENT_KEPT, make))


def _void(call: Call, id: str) -> Answer:
    held = call.find("authorization", id)
    if held.body["status"] == "VOIDED":
        raise refused(422, "PREVIOUSLY_VOIDED")
    if held.body["status"] == "CAPTURED":
        raise refused(422, "PREVIOUSLY_CAPTURED")
    reserving.void(call.books, held)
    return (200, shown(held, call.url)) if call.wants_everything else (204, None)


def _refund(call: Call, id: str) -> Answer:
    taken = call.find("capture", id)
    amount: Decimal | None = None
    if call.body.get("amount") is not None:
        amount, currency = asked(call.body["amount"])
        if currency != taken.body["amount"]["currency_code"]:
            raise refused(422, "REFUND_CAPTURE_CURRENCY_MISMATCH", "/amount/currency_code")
    told = {
        name: call.body[name] for name in ("invoice_id", "custom_id", "note_to_payer") if name in call.body
    }
    made = once(call, "refund", _PAYMENT_KEPT, lambda: refunding.refund(call.books, taken, amount, info=told))
    return answered(call, *made)


ROUTES: tuple[tuple[str, str, Endpoint], ...] = (
    ("POST", "/v2/checkout/orders", _create_order),
    ("POST", "/v2/checkout/orders/{id}/capture", _capture_order),
    ("POST", "/v2/checkout/orders/{id}/authorize", _authorize_order),
    ("POST", "/v2/payments/authorizations/{id}/capture", _capture_authorization),
    ("POST", "/v2/payments/authorizations/{id}/void", _void),
    ("POST", "/v2/payments/captures/{id}/refund", _refund),
)
