"""Payment intents made, confirmed, captured and canceled; charges changed."""

from collections.abc import Callable

from sandbox.state import Json
from sandbox.stripe import disputes, payments, shapes, wallets
from sandbox.stripe import params as read
from sandbox.stripe.call import Call
from sandbox.stripe.currency import major
from sandbox.stripe.errors import StripeError, missing, required
from sandbox.stripe.payment_shapes import CARD

# Stripe's test payment methods, and what the bank answers to them
_TEST_METHODS: dict[str, str | None] = {
    "pm_card_visa": None,
    "pm_card_mastercard": None,
    "pm_card_chargeDeclined": "generic_decline",
    "pm_card_visa_chargeDeclined": "generic_decline",
    "pm_card_chargeDeclinedInsufficientFunds": "insufficient_funds",
    "pm_card_chargeDeclinedExpiredCard": "expired_card",
    "pm_card_createDispute": None,
}
_DISPUTED = "pm_card_createDispute"  # the payment succeeds, and its payer disputes it at once
_FAILS_LATER = "pm_card_chargeCustomerFail"  # it can be attached to a customer, and every payment is declined
_CANCELABLE = (
    "requires_payment_method", "requires_capture", "requires_confirmation", "requires_action", "processing"
)  # fmt: skip


def _create(call: Call) -> Json:
    params = call.params
    read.allow(
        params, "amount", "currency", "customer", "description", "metadata", "receipt_email", "capture_method",
        "confirm", "payment_method", "off_session", "automatic_payment_methods", "return_url", "setup_future_usage",
    )  # fmt: skip
    amount, currency = read.whole(params, "amount", least=1), read.text(params, "currency")
    if amount is None:
        raise required("amount")
    if currency is None:
        raise required("currency")
    customer = read.text(params, "customer")
    if customer is not None:
        call.find("customer", customer, param="customer")
    manual = read.choice(params, "capture_method", "automatic", "automatic_async", "manual") == "manual"
    currency = currency.lower()
    intent = payments.create_intent(
        call.books, major(amount, currency), currency, customer=customer, manual=manual,
        description=read.text(params, "description"), receipt_email=read.text(params, "receipt_email"),
        metadata=read.metadata(params),
    )  # fmt: skip
    return _confirmed(call, intent) if read.truth(params, "confirm") else intent


def _confirm(call: Call, id: str) -> Json:
    read.allow(call.params, "payment_method", "off_session", "return_url", "receipt_email")
    return _confirmed(call, call.find("payment_intent", id))


def _confirmed(call: Call, intent: Json) -> Json:
    if intent["status"] not in ("requires_payment_method", "requires_confirmation"):
        raise _unexpected(intent, "confirm", "requires_payment_method, requires_confirmation")
    method = read.text(call.params, "payment_method")
    customer = call.books.get("customer", intent["customer"]) if intent["customer"] else None
    card, decline = CARD | {"id": method}, _TEST_METHODS.get(method or "")
    if method not in _TEST_METHODS:
        if method is not None:
            call.find("payment_method", method, noun="PaymentMethod", param="payment_method")
        if customer is None:
            raise required("payment_method")
        wallet = wallets.of(call.books, customer["id"])
        card, decline = wallet["card"], wallet["decline"]
    billing = shapes.billing_details(customer, intent["receipt_email"])
    charge = payments.attempt(call.books, intent, card, billing, decline=decline)
    if charge["status"] == "failed":
        raise StripeError(
            402, charge["failure_message"], type="card_error", code=charge["failure_code"], is_deed=True,
            charge=charge["id"], decline_code=decline, payment_intent=intent,
        )  # fmt: skip
    if method == _DISPUTED:
        disputes.begin(call.books, charge, "fraudulent")
    return intent


def _attach(call: Call, id: str) -> Json:
    """Attach a test method to a customer: a new one is made of it, which becomes the default."""
    read.allow(call.params, "customer")
    customer = call.find("customer", read.text(call.params, "customer") or "", param="customer")
    if id not in (*_TEST_METHODS, _FAILS_LATER):
        raise missing("PaymentMethod", id)
    stored = wallets.store(call.books, customer)
    wallets.set_decline(
        call.books, customer["id"], "generic_decline" if id == _FAILS_LATER else _TEST_METHODS[id]
    )
    return call.find("payment_method", stored["id"])


def _capture(call: Call, id: str) -> Json:
    read.allow(call.params, "amount_to_capture", "metadata")
    intent = call.find("payment_intent", id)
    if intent["status"] != "requires_capture":
        raise _unexpected(intent, "capture", "requires_capture")
    amount = read.whole(call.params, "amount_to_capture", least=1)
    if amount is not None and amount > intent["amount_capturable"]:
        raise StripeError(
            400,
            f"The amount to capture ({amount}) is greater than the capturable amount"
            f" ({intent['amount_capturable']}).",
            code="amount_too_large",
            param="amount_to_capture",
        )
    call.books.change(intent, metadata=read.metadata(call.params, intent["metadata"]))
    return payments.capture(call.books, intent, amount)


def _cancel(call: Call, id: str) -> Json:
    read.allow(call.params, "cancellation_reason")
    reason = read.choice(
        call.params, "cancellation_reason", "abandoned", "duplicate", "fraudulent", "requested_by_customer"
    )
    intent = call.find("payment_intent", id)
    if intent["status"] not in _CANCELABLE:
        raise _unexpected(intent, "cancel", ", ".join(_CANCELABLE))
    return payments.cancel(call.books, intent, reason)


def _unexpected(intent: Json, verb: str, allowed: str) -> StripeError:
    return StripeError(
        400,
        f"You cannot {verb} this PaymentIntent because it has a status of {intent['status']}. Only a PaymentIntent"
        f" with one of the following statuses may be {verb}ed: {allowed}.",
        code="payment_intent_unexpected_state",
        payment_intent=intent,
    )


def _update_intent(call: Call, id: str) -> Json:
    found = call.find("payment_intent", id)
    return call.books.change(found, **_changes(call, found))


def _update_charge(call: Call, id: str) -> Json:
    found = call.find("charge", id)
    return call.books.change(found, "charge.updated", **_changes(call, found))


def _changes(call: Call, found: Json) -> Json:
    texts = ("description", "receipt_email")
    read.allow(call.params, *texts, "metadata")
    changes: Json = {name: read.text(call.params, name) for name in texts if name in call.params}
    return changes | {"metadata": read.metadata(call.params, found["metadata"])}


ROUTES: list[tuple[str, str, Callable[..., Json]]] = [
    ("POST", "/v1/payment_intents", _create),
    ("POST", "/v1/payment_intents/{id}", _update_intent),
    ("POST", "/v1/payment_intents/{id}/confirm", _confirm),
    ("POST", "/v1/payment_intents/{id}/capture", _capture),
    ("POST", "/v1/payment_intents/{id}/cancel", _cancel),
    ("POST", "/v1/payment_methods/{id}/attach", _attach),
    ("POST", "/v1/charges/{id}", _update_charge),
]
