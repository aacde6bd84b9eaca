"""PayPal's charges: captures, which can be refunded, and authorizations, which can be captured or voided."""

from typing import Any

from actions import live
from actions.adapters.paypal.refunds import Refunds
from actions.adapters.paypal.sending import (
    AUTHORIZATIONS,
    CAPTURES,
    DISPUTES,
    ORDERS,
    Thing,
    at,
    charge_effect,
    from_paypal,
    is_under,
    key,
    order_of,
    to_paypal,
)
from actions.live import Live
from actions.ports import Effect, Handler, Order
from billing.errors import NotFound, OutcomeUnknown, Refused, Transient
from billing.money import Money
from billing.verbs import ObjectKind, Verb
from billing.vocabulary import EffectStatus
from gateways import status_map
from gateways.paypal.api import PaypalApi

_PAID = ("COMPLETED", "PARTIALLY_REFUNDED", "REFUNDED")
_RESERVED = ("CREATED", "PARTIALLY_CAPTURED")
_TAKEN = ("AUTHORIZATION_ALREADY_CAPTURED", "DUPLICATE_INVOICE_ID", "MAX_CAPTURE_AMOUNT_EXCEEDED")


class Charges:
    """Reads captures and authorizations and does what can be done to them."""

    kind = ObjectKind.CHARGE

    def __init__(self, api: PaypalApi) -> None:
        self._api = api
        self._refunds = Refunds(api)
        self.handlers = {
            Verb.REFUND: Handler(self._refunds.send, self._refunds.find),
            Verb.VOID: Handler(self._void, self._find_void),
            Verb.CAPTURE: Handler(self._capture, self._find_capture),
        }

    def read(self, charge_id: str) -> Live:
        """Read a capture with its refunds and disputes, or an authorization with its captures. MONEY NEVER MOVES.

        Of denied payments of subscriptions and of money that was just sent PayPal has nothing that could be read by
        its id: only its report tells of them. They are not found here, and nothing can be done to them.
        """
        try:
            capture = self._api.get(at(CAPTURES, charge_id))
        except NotFound:
            return self._authorized(self._api.get(at(AUTHORIZATIONS, charge_id)))
        return self._captured(capture)

    def _captured(self, capture: Thing) -> Live:
        whole, status = from_paypal(capture["amount"]), capture["status"]
        nothing, is_paid = Money(0, whole.currency), status in _PAID
        refunded = self._refunds.refunded(capture) if is_paid else nothing
        why = (capture.get("status_details") or {}).get("reason")
        return live.charge(
            capture["id"],
            status,
            is_paid=is_paid,
            is_authorized=False,
            is_disputed=is_paid and self._is_money_held(capture["id"]),
            refunded=refunded,
            refundable=whole - refunded if is_paid else nothing,
            capturable=nothing,
            failure=why.lower().replace("_", " ") if why and not is_paid else None,
            raw={**_recorded(capture), "refunded": str(refunded)},
        )

    def _authorized(self, held: Thing) -> Live:
        whole, status = from_paypal(held["amount"]), held["status"]
        captures = list(self._captures_of(held)) if status != "CREATED" else []
        left = whole
        for capture in captures:
            if capture["status"] not in ("DECLINED", "FAILED"):
                left -= from_paypal(capture["amount"])
        is_open = status in _RESERVED and left.minor > 0
        return live.charge(
            held["id"],
            status,
            is_paid=False,
            is_authorized=is_open,
            is_disputed=False,
            refunded=Money(0, whole.currency),
            refundable=Money(0, whole.currency),
            capturable=left if is_open else Money(0, whole.currency),
            is_voidable=status in _RESERVED,
            failure="authorized, not captured" if is_open else status.lower().replace("_", " "),
            raw={**_recorded(held), "captures": [capture["id"] for capture in captures]},
        )

    def _void(self, order: Order) -> Effect:
        """Void an authorization. NO MONEY MOVES: what was reserved, or is left of it, is released.

        The state itself keeps it from happening twice: PayPal refuses to void what is void, and that is success.
        """
        try:
            written = self._api.writer.post(
                at(AUTHORIZATIONS, order.target.id, "/void"), {}, request_id=key(order)
            )
        except Refused as refusal:
            if refusal.code != "PREVIOUSLY_VOIDED":
                raise
            return _voided(order, None)
        return _voided(order, written.debug_id)

    def _find_void(self, order: Order) -> Effect | None:
        held = self._api.get(at(AUTHORIZATIONS, order.target.id))
        return _voided(order, None) if held["status"] == "VOIDED" else None

    def _capture(self, order: Order) -> Effect:
        """Capture an authorization, in full or in part, as its last capture. MONEY MOVES TO THE SELLER.

        PayPal releases what is not captured. It keeps the key for 45 days. An authorization is honoured for three
        days and good for 29: in between PayPal may refuse. Our action id becomes the capture's invoice number,
        unless the authorization has one of its own; PayPal takes no number twice.
        """
        assert order.amount is not None
        body: dict[str, Any] = {"amount": to_paypal(order.amount), "final_capture": True}
        if not order.before.get("invoice_id"):
            body["invoice_id"] = order.action_id
        try:
            path = at(AUTHORIZATIONS, order.target.id, "/capture")
            written = self._api.writer.post(path, body, request_id=key(order))
        except Refused as refusal:
            if refusal.code not in _TAKEN:
                raise
            try:
                found = self._find_capture(order)
            except Transient as cause:
                raise OutcomeUnknown(f"{refusal} Whether that was our capture: {cause}") from None
            if found is None:
                raise
            return found
        return _taken(written.body, order, written.debug_id)

    def _find_capture(self, order: Order) -> Effect | None:
        held = self._api.get(at(AUTHORIZATIONS, order.target.id))
        if held["status"] == "CREATED":
            return None
        known = order.before.get("captures", ())
        for capture in self._captures_of(held):
            is_ours = capture.get("invoice_id") == order.action_id
            # With an invoice number of its own it can only be told by being new and of our amount.
            is_new = capture["id"] not in known and from_paypal(capture["amount"]) == order.amount
            if is_ours or (held.get("invoice_id") and is_new):
                return _taken(capture, order, None)
        return None

    def _captures_of(self, held: Thing) -> list[Thing]:
        order_id = order_of(held)
        if order_id is None:
            raise Transient(
                "PayPal does not say which order this authorization is of, so not what was captured."
            )
        units = self._api.get(at(ORDERS, order_id)).get("purchase_units", ())
        return [
            capture
            for unit in units
            for capture in (unit.get("payments") or {}).get("captures", ())
            if is_under(capture, at(AUTHORIZATIONS, held["id"]))
        ]

    def _is_money_held(self, capture_id: str) -> bool:
        """Say whether a refund would pay twice: a bank holds the money, or a dispute has given it back.

        An open inquiry only asks, and a refund is how to answer it.
        """
        for told in self._api.disputes(disputed_transaction_id=capture_id):
            if told["status"] != "RESOLVED":
                if told.get("dispute_life_cycle_stage") != "INQUIRY":
                    return True
                continue
            dispute = self._api.get(at(DISPUTES, told["dispute_id"]))
            outcome = (dispute.get("dispute_outcome") or {}).get("outcome_code", "NONE")
            if status_map.status("paypal", "dispute", outcome) == "lost":
                return True
        return False


def _recorded(thing: Thing) -> dict[str, Any]:
    """Return the fields of a capture or authorization that the audit log keeps."""
    return {
        "id": thing["id"],
        "status": thing["status"],
        "amount": str(from_paypal(thing["amount"])),
        "update_time": thing.get("update_time"),
        "order_id": order_of(thing),
        "invoice_id": thing.get("invoice_id"),
    }


def _voided(order: Order, debug_id: str | None) -> Effect:
    return Effect(
        EffectStatus.SUCCEEDED,
        "VOIDED",
        after={"id": order.target.id, "status": "VOIDED"},
        touched=_touched(order),
        request_id=debug_id,
    )


def _taken(capture: Thing, order: Order, debug_id: str | None) -> Effect:
    amount = from_paypal(capture["amount"])
    why = (capture.get("status_details") or {}).get("reason")
    is_part = order.before.get("amount") not in (None, str(amount))
    return Effect(
        charge_effect(capture["status"]),
        capture["status"],
        made_id=capture["id"],
        amount=amount,
        explanation=why.lower().replace("_", " ") if why else "PayPal releases the rest" if is_part else None,
        after={"id": order.target.id, "captured": str(amount)},
        touched=(("capture", capture["id"]), *_touched(order)),
        request_id=debug_id,
    )


def _touched(order: Order) -> tuple[tuple[str, str], ...]:
    order_id = order.before.get("order_id")
    return (("authorization", order.target.id), *((("order", order_id),) if order_id else ()))
