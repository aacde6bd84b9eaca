"""Stripe's charges: refund, void, capture, receipt. Found again by our action id, or by the state."""

from collections.abc import Mapping
from typing import Any

from actions import live
from actions.acts import SendReceipt
from actions.adapters.stripe.sending import ACTION_KEY, is_ours, send, units
from actions.live import Live
from actions.ports import Effect, Handler, Order
from billing.errors import Refused
from billing.money import Money
from billing.verbs import ObjectKind, Verb
from billing.vocabulary import EffectStatus
from gateways import exponents, status_map
from gateways.stripe.api import StripeApi

# Stripe's own three reasons. It acts on "fraudulent" (block lists), so only that very reason is sent as it.
_REASONS = frozenset({"requested_by_customer", "duplicate", "fraudulent"})
_FAILURES = {
    "expired_or_canceled_card": "the card expired or was cancelled",
    "lost_or_stolen_card": "the card was reported lost or stolen",
    "insufficient_funds": "the balance at Stripe was too low",
    "declined": "the bank declined it",
}
_RECORDED = (
    "id", "status", "amount", "amount_captured", "amount_refunded", "currency", "paid", "captured", "refunded",
    "disputed", "failure_code", "payment_intent", "customer",
)  # fmt: skip


class Charges:
    """Reads charges and does what can be done to them."""

    kind = ObjectKind.CHARGE

    def __init__(self, api: StripeApi) -> None:
        self._api = api
        self.handlers = {
            Verb.REFUND: Handler(self._refund, self._find_refund),
            Verb.VOID: Handler(self._void, self._find_void),
            Verb.CAPTURE: Handler(self._capture, self._find_capture),
            Verb.SEND_RECEIPT: Handler(self._send_receipt, self._find_receipt),
        }

    def read(self, charge_id: str) -> Live:
        """Read a charge, and its disputes if it has any. MONEY NEVER MOVES."""
        charge = self._api.get(f"/v1/charges/{charge_id}")
        return _live(charge, is_disputed=bool(charge["disputed"]) and self._is_money_held(charge_id))

    def _refund(self, order: Order) -> Effect:
        """Send one refund with the idempotency key billhouse-<action id>. MONEY MOVES BACK.

        Stripe keeps the key for a day at least; a repeat within it (after a 429) is the same request to Stripe.
        """
        assert order.amount is not None
        params: Any = {
            "charge": order.target.id,
            "amount": units(order.amount),
            "metadata": {ACTION_KEY: order.action_id, "billhouse_reason": order.reason},
            "expand": ["charge"],
            **({"reason": order.reason} if order.reason in _REASONS else {}),
        }
        refund, request_id = send(
            self._api, order, lambda client, options: client.v1.refunds.create(params, options)
        )
        return _refund_effect(refund, request_id)

    def _find_refund(self, order: Order) -> Effect | None:
        for page in self._api.pages("/v1/refunds", {"charge": order.target.id}):
            for refund in page:
                if is_ours(refund, order):
                    charge = self._api.get(f"/v1/charges/{order.target.id}")
                    return _refund_effect({**refund, "charge": charge}, None)
        return None

    def _void(self, order: Order) -> Effect:
        """Cancel the payment intent of an authorization. NO MONEY MOVES: what was reserved is released."""
        intent_id = self._intent_of(order)
        intent, request_id = send(
            self._api,
            order,
            lambda client, options: client.v1.payment_intents.cancel(intent_id, None, options),
        )
        return _void_effect(intent, order, request_id)

    def _find_void(self, order: Order) -> Effect | None:
        intent = self._api.get(f"/v1/payment_intents/{self._intent_of(order)}")
        return _void_effect(intent, order, None) if intent["status"] == "canceled" else None

    def _capture(self, order: Order) -> Effect:
        """Capture an authorization, in full or in part; Stripe releases the rest. MONEY MOVES TO THE SELLER."""
        assert order.amount is not None
        params: Any = {
            "amount_to_capture": units(order.amount),
            "metadata": {ACTION_KEY: order.action_id},
        }
        intent_id = self._intent_of(order)
        intent, request_id = send(
            self._api,
            order,
            lambda client, options: client.v1.payment_intents.capture(intent_id, params, options),
        )
        return _capture_effect(intent, order, request_id)

    def _find_capture(self, order: Order) -> Effect | None:
        intent = self._api.get(f"/v1/payment_intents/{self._intent_of(order)}")
        is_captured = intent["status"] == "succeeded" and is_ours(intent, order)
        return _capture_effect(intent, order, None) if is_captured else None

    def _send_receipt(self, order: Order) -> Effect:
        """Name the receipt's address on the charge, upon which Stripe mails it. NO MONEY MOVES."""
        act: SendReceipt = order.act
        address = act.to or self._api.get(f"/v1/charges/{order.target.id}").get("receipt_email")
        if not address:
            raise Refused("Stripe knows no address for this receipt; name one")
        params: Any = {"receipt_email": address, "metadata": {ACTION_KEY: order.action_id}}
        _, request_id = send(self._api, order, lambda c, o: c.v1.charges.update(order.target.id, params, o))
        return _receipt_effect(order, request_id)

    def _find_receipt(self, order: Order) -> Effect | None:
        charge = self._api.get(f"/v1/charges/{order.target.id}")
        return _receipt_effect(order, None) if is_ours(charge, order) else None

    def _intent_of(self, order: Order) -> str:
        found = order.before.get("payment_intent")
        return found or str(self._api.get(f"/v1/charges/{order.target.id}")["payment_intent"])

    def _is_money_held(self, charge_id: str) -> bool:
        """Say whether a bank holds the money; an inquiry only asks, and a refund is how to answer it."""
        return any(
            not dispute["is_charge_refundable"] and dispute["status"] not in ("won", "warning_closed")
            for page in self._api.pages("/v1/disputes", {"charge": charge_id})
            for dispute in page
        )


def recorded(charge: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a charge that the audit log keeps."""
    return {name: charge.get(name) for name in _RECORDED}


def _live(charge: Mapping[str, Any], *, is_disputed: bool) -> Live:
    currency = charge["currency"]
    captured = exponents.to_money("stripe", charge["amount_captured"], currency)
    # Not captured minus refunded: Stripe counts the part that was never captured as refunded.
    left = exponents.to_money("stripe", charge["amount"] - charge["amount_refunded"], currency)
    is_authorized = charge["status"] == "succeeded" and not charge["captured"] and left.minor > 0
    failure = charge.get("failure_message") or charge.get("failure_code")
    if charge["status"] == "succeeded" and not charge["captured"]:
        failure = "authorized, not captured"
    return live.charge(
        charge["id"],
        charge["status"],
        is_paid=bool(charge["status"] == "succeeded" and charge["paid"] and charge["captured"]),
        is_authorized=is_authorized,
        is_disputed=is_disputed,
        refunded=captured - left if charge["captured"] else Money(0, left.currency),
        refundable=left if charge["captured"] else Money(0, left.currency),
        capturable=left if is_authorized else Money(0, left.currency),
        failure=failure.rstrip(".") if failure else None,
        raw=recorded(charge),
    )


def _refund_effect(refund: Mapping[str, Any], request_id: str | None) -> Effect:
    charge = refund["charge"]
    raw_status = refund["status"]
    try:
        status = EffectStatus(status_map.status("stripe", "refund", raw_status))
        explanation = _explain(refund)
    except status_map.UnmappedStatus:
        # The refund exists; a word we do not know must not turn it into one that failed.
        status, explanation = EffectStatus.PENDING, f"Stripe calls it {raw_status!r}"
    is_whole = isinstance(charge, dict)
    return Effect(
        status=status,
        raw_status=raw_status,
        made_id=refund["id"],
        amount=exponents.to_money("stripe", refund["amount"], refund["currency"]),
        explanation=explanation,
        after=recorded(charge) if is_whole else None,
        touched=(("charge", charge["id"] if is_whole else charge), ("refund", refund["id"])),
        request_id=request_id,
    )


def _void_effect(intent: Mapping[str, Any], order: Order, request_id: str | None) -> Effect:
    return Effect(
        EffectStatus.SUCCEEDED,
        intent["status"],
        after={"status": intent["status"], "payment_intent": intent["id"]},
        touched=(("charge", order.target.id), ("payment_intent", intent["id"])),
        request_id=request_id,
    )


def _capture_effect(intent: Mapping[str, Any], order: Order, request_id: str | None) -> Effect:
    return Effect(
        EffectStatus.SUCCEEDED,
        intent["status"],
        amount=exponents.to_money("stripe", intent["amount_received"], intent["currency"]),
        after={"status": intent["status"], "amount_received": intent["amount_received"]},
        touched=(("charge", order.target.id), ("payment_intent", intent["id"])),
        request_id=request_id,
    )


def _receipt_effect(order: Order, request_id: str | None) -> Effect:
    touched = (("charge", order.target.id),)
    return Effect(EffectStatus.SUCCEEDED, "sent", touched=touched, request_id=request_id)


def _explain(refund: Mapping[str, Any]) -> str | None:
    if refund["status"] == "requires_action":
        return "the customer must answer an e-mail from Stripe first"
    if refund["status"] == "canceled":
        return "it was cancelled"
    reason = refund.get("failure_reason")
    return _FAILURES.get(reason, reason.replace("_", " ")) if reason else None
