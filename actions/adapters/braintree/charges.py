"""Braintree's charges are sales: refund, void, capture. A refund is a transaction of its own, a credit."""

from typing import Any

from braintree import BraintreeGateway

from actions import live
from actions.adapters.braintree.sending import (
    Thing,
    from_braintree,
    once,
    sale_effect,
    settled,
    status_of,
    to_braintree,
    why_failed,
    worth,
)
from actions.live import Live
from actions.ports import Effect, Handler, Order
from billing.errors import NotFound, Refused
from billing.money import Money
from billing.verbs import ObjectKind, Verb
from billing.vocabulary import ChargeStatus, DisputeStatus, EffectStatus
from gateways import status_map
from gateways.braintree.api import BraintreeApi

_REFUNDABLE = ("settled", "settling")
_VOIDABLE = ("authorized", "submitted_for_settlement", "settlement_pending")
# They can be captured in several parts; of cards one capture is taken, and the rest is released.
_IN_PARTS = ("paypal_account", "venmo_account")
_RECORDED = (
    "id", "status", "amount", "currency-iso-code", "merchant-account-id", "payment-instrument-type", "refund-ids",
    "partial-settlement-transaction-ids", "subscription-id", "settlement-batch-id", "processor-response-code",
)  # fmt: skip


class Charges:
    """Reads sales and does what can be done to them."""

    kind = ObjectKind.CHARGE

    def __init__(self, api: BraintreeApi) -> None:
        self._api = api
        self.handlers = {
            Verb.REFUND: Handler(self._refund, self._find_refund),
            Verb.VOID: Handler(self._void, self._find_void),
            Verb.CAPTURE: Handler(self._capture, self._find_capture),
        }

    def read(self, charge_id: str) -> Live:
        """Read a sale, and its refunds and partial captures if it has any. MONEY NEVER MOVES."""
        sale = self._api.find("transaction", charge_id)
        if sale["type"] != "sale":
            raise NotFound(f"Braintree's transaction {charge_id} is a refund, not a charge.")
        status, whole = status_of(sale), worth(sale)
        nothing = Money(0, whole.currency)
        refunded = self._standing(sale["refund-ids"], nothing, "refund")
        taken = self._standing(sale["partial-settlement-transaction-ids"], nothing, "charge")
        is_authorized = status is ChargeStatus.AUTHORIZED and taken < whole
        is_paid = status is ChargeStatus.PAID
        return live.charge(
            sale["id"],
            sale["status"],
            is_paid=is_paid,
            is_authorized=is_authorized,
            is_disputed=any(_holds_money(dispute) for dispute in sale.get("disputes") or ()),
            refunded=refunded,
            refundable=whole - refunded if sale["status"] in _REFUNDABLE else nothing,
            capturable=whole - taken if is_authorized else nothing,
            is_voidable=sale["status"] in _VOIDABLE,
            failure=_why_not(sale),
            raw=recorded(sale),
        )

    def _refund(self, order: Order) -> Effect:
        """Make one credit that refers to the sale, our action id being its order id. MONEY MOVES BACK.

        Braintree refunds what is settled or settling, in as many parts as there is money. It settles the credit
        with its next batch, so a refund that it took is pending until then.
        """
        assert order.amount is not None
        params = {"amount": to_braintree(order.amount), "order_id": order.action_id}

        def call(sdk: BraintreeGateway, key: dict[str, str]) -> Any:
            return sdk.transaction.refund(order.target.id, {**params, **key})

        return once(self._api, order, call, _refund_effect, self._find_refund)

    def _find_refund(self, order: Order) -> Effect | None:
        sale = self._api.find("transaction", order.target.id)
        return next(
            (_refund_effect(one) for one in self._each(sale["refund-ids"]) if _is_ours(one, order)), None
        )

    def _void(self, order: Order) -> Effect:
        """Void a sale whose batch is not cut yet. NO MONEY MOVES: it is released, or not taken after all."""

        def call(sdk: BraintreeGateway, key: dict[str, str]) -> Any:
            return sdk.transaction.void(order.target.id, key)

        try:
            return once(self._api, order, call, _void_effect, self._find_void)
        except Refused as refusal:
            return settled(self._find_void, order, refusal, "91504")

    def _find_void(self, order: Order) -> Effect | None:
        sale = self._api.find("transaction", order.target.id)
        return _void_effect(sale) if sale["status"] == "voided" else None

    def _capture(self, order: Order) -> Effect:
        """Submit an authorization for settlement. MONEY MOVES TO THE SELLER.

        A part of a card's authorization is its only capture, and the rest is released. PayPal and Venmo give parts:
        each is a sale of its own, with our action id as its order id, and the rest can be captured later.
        """
        assert order.amount is not None
        amount = to_braintree(order.amount)
        is_part = _is_part(order)

        def call(sdk: BraintreeGateway, key: dict[str, str]) -> Any:
            if is_part:
                params = {"order_id": order.action_id, **key}
                return sdk.transaction.submit_for_partial_settlement(order.target.id, amount, params)
            return sdk.transaction.submit_for_settlement(order.target.id, amount, key)

        return once(self._api, order, call, lambda sale: _capture_effect(sale, order), self._find_capture)

    def _find_capture(self, order: Order) -> Effect | None:
        sale = self._api.find("transaction", order.target.id)
        if _is_part(order):
            parts = self._each(sale["partial-settlement-transaction-ids"])
            return next((_capture_effect(one, order) for one in parts if _is_ours(one, order)), None)
        is_taken = status_of(sale) is ChargeStatus.PAID and worth(sale) == order.amount
        return _capture_effect(sale, order) if is_taken else None

    def _each(self, ids: list[str]) -> list[Thing]:
        return [self._api.find("transaction", one) for one in ids]

    def _standing(self, ids: list[str], nothing: Money, entity: str) -> Money:
        """Return the sum of those credits or parts that were not refused; one in an unknown state counts."""
        total = nothing
        for one in self._each(ids):
            try:
                state = status_map.status("braintree", entity, one["status"])
            except status_map.UnmappedStatus:
                state = "pending"
            if state not in ("failed", "voided"):
                total += worth(one)
        return total


def recorded(sale: Thing) -> dict[str, Any]:
    """Return the fields of a transaction that the audit log keeps."""
    return {name: sale.get(name) for name in _RECORDED}


def _is_ours(transaction: Thing, order: Order) -> bool:
    return bool(transaction.get("order-id") == order.action_id)


def _is_part(order: Order) -> bool:
    """Say whether this captures one part of several, by what was read before the intent."""
    before = order.before
    if before.get("payment-instrument-type") not in _IN_PARTS or order.amount is None:
        return False
    whole = from_braintree(before["amount"], before["currency-iso-code"])
    return bool(before.get("partial-settlement-transaction-ids")) or order.amount < whole


def _holds_money(dispute: Thing) -> bool:
    """Say whether a bank holds or has taken the money: a retrieval only asks, and a won dispute gave it back."""
    if dispute.get("kind") == "retrieval":
        return False
    try:
        return status_map.status("braintree", "dispute", dispute["status"]) != DisputeStatus.WON
    except status_map.UnmappedStatus:
        return True


def _why_not(sale: Thing) -> str | None:
    if sale["status"] == "authorized":
        return "authorized, not captured"
    if sale["status"] in ("submitted_for_settlement", "settlement_confirmed"):
        return "it is not settled yet; before that it can only be voided"
    return why_failed(sale)


def _refund_effect(credit: Thing) -> Effect:
    raw_status = credit["status"]
    try:
        status = EffectStatus(status_map.status("braintree", "refund", raw_status))
        explanation = why_failed(credit)
        if status is EffectStatus.PENDING:
            explanation = "it settles with Braintree's next batch"
    except status_map.UnmappedStatus:
        # The credit exists; a word we do not know must not turn it into one that failed.
        status, explanation = EffectStatus.PENDING, f"Braintree calls it {raw_status!r}"
    sale_id = credit.get("refunded-transaction-id")
    return Effect(
        status,
        raw_status,
        made_id=credit["id"],
        amount=worth(credit),
        explanation=explanation,
        touched=(("transaction", credit["id"]), *((("transaction", sale_id),) if sale_id else ())),
    )


def _void_effect(sale: Thing) -> Effect:
    return Effect(
        EffectStatus.SUCCEEDED,
        sale["status"],
        after=recorded(sale),
        touched=(("transaction", sale["id"]),),
    )


def _capture_effect(sale: Thing, order: Order) -> Effect:
    made = sale_effect(sale, ("transaction", order.target.id))
    if sale["id"] != order.target.id:
        return made
    return Effect(
        made.status,
        made.raw_status,
        amount=made.amount,
        explanation=made.explanation,
        after=recorded(sale),
        touched=(("transaction", sale["id"]),),
    )
