"""A shop's orders as charges: refund, void, receipt. Shops know no idempotency keys, so we look before we send."""

from collections.abc import Mapping
from typing import Any

from actions import live
from actions.adapters.woocommerce import orders
from actions.adapters.woocommerce.mailing import Mailing
from actions.adapters.woocommerce.sending import amount_text, is_ours, mark, money, once, told
from actions.live import Live
from actions.ports import Effect, Order
from billing.errors import Refused
from billing.money import Money
from billing.verbs import REASONS, ObjectKind, Verb
from billing.vocabulary import EffectStatus
from gateways.woocommerce.api import WooApi

_NO_PLUG_IN = (
    "does not support automatic refunds",
    "payment gateway for this order does not exist",
)
_BY_HAND = "Pay it back the way it came, then record it as a manual refund in the shop's admin."
# The shop shows a refund's reason to the customer, so a suspicion or a remark for us alone is not sent.
_SHOWN = frozenset({"requested_by_customer", "duplicate", "not_used", "billing_error"})


class Charges:
    """Reads orders as charges and does what can be done to them."""

    kind = ObjectKind.CHARGE

    def __init__(self, api: WooApi) -> None:
        self._api = api
        self.handlers = {
            Verb.REFUND: once(self._refund, self._find_refund),
            Verb.VOID: once(self._void, self._find_void),
            Verb.SEND_RECEIPT: Mailing(api).handler,
        }

    def read(self, charge_id: str) -> Live:
        """Read an order. MONEY NEVER MOVES. Whether a bank disputes it, only the gateway behind the shop knows."""
        return _live(self._api.get(f"/orders/{charge_id}"))

    def _refund(self, order: Order) -> Effect:
        """Let the shop's payment plug-in give money back (api_refund). MONEY MOVES BACK.

        Our action id stands in the reason as well as in meta_data: the shop saves the refund with its reason before
        it asks the plug-in, and the meta_data only afterwards (wc_create_refund). It is an amount without lines, so
        nothing goes back into stock; giving the whole rest back turns the order to "refunded".
        """
        assert order.amount is not None
        words = REASONS[order.reason] if order.reason in _SHOWN else "Refund"
        body = {
            "amount": amount_text(order.amount),
            "reason": f"{words} (billhouse {order.action_id})",
            "api_refund": True,
            "meta_data": mark(order),
        }
        try:
            refund = self._api.write("POST", f"{orders.path(order)}/refunds", body)
        except Refused as refusal:
            if any(words in str(refusal) for words in _NO_PLUG_IN):
                raise Refused(f"{refusal} {_BY_HAND}", refusal.code) from None
            raise
        return self._refund_effect(refund, order)

    def _find_refund(self, order: Order) -> Effect | None:
        for refund in self._api.pages(f"{orders.path(order)}/refunds"):
            if is_ours(refund, order) or order.action_id in str(refund.get("reason") or ""):
                return self._refund_effect(refund, order)
        return None

    def _refund_effect(self, refund: Mapping[str, Any], order: Order) -> Effect:
        assert order.amount is not None
        is_confirmed = bool(refund["refunded_payment"])
        return Effect(
            EffectStatus.SUCCEEDED if is_confirmed else EffectStatus.PENDING,
            "recorded" if is_confirmed else "recorded, not confirmed",
            made_id=str(refund["id"]),
            amount=told(refund["amount"], order.amount.currency),
            explanation=None
            if is_confirmed
            else "the shop recorded it, but its payment plug-in has not confirmed it",
            after=orders.after(self._api, order),
            touched=(("order", order.target.id),),
        )

    def _void(self, order: Order) -> Effect:
        """Cancel an order that waits for its payment. NO MONEY MOVES; a plug-in that reserved money lets go of it.

        The shop would cancel a paid order as well and keep its money, so it is read again at the last moment.
        """
        status = self._api.get(orders.path(order))["status"]
        if status not in orders.WAITING:
            raise Refused(
                f"The order is {status} now, and only one that waits for its payment can be cancelled"
            )
        return _void_effect(self._api.write("PUT", orders.path(order), {"status": "cancelled"}))

    def _find_void(self, order: Order) -> Effect | None:
        found = self._api.get(orders.path(order))
        return _void_effect(found) if found["status"] == "cancelled" else None


def _live(found: Mapping[str, Any]) -> Live:
    total, none = orders.total(found), Money(0, found["currency"])
    refunded = -sum((money(refund["total"], total.currency) for refund in found["refunds"]), none)
    is_paid = orders.is_paid(found)
    return live.charge(
        str(found["id"]),
        found["status"],
        is_paid=is_paid,
        is_authorized=False,
        is_disputed=False,
        refunded=refunded,
        refundable=total - refunded if is_paid else none,
        capturable=none,
        is_voidable=found["status"] in orders.WAITING,
        raw=orders.recorded(found),
    )


def _void_effect(found: Mapping[str, Any]) -> Effect:
    return Effect(
        EffectStatus.SUCCEEDED,
        found["status"],
        after=orders.recorded(found),
        touched=(("order", str(found["id"])),),
    )
