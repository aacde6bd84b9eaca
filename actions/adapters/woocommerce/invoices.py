"""A shop's orders as invoices: the mail with the order's details, and coupons while it is unpaid."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from actions import live
from actions.adapters.woocommerce import orders
from actions.adapters.woocommerce.mailing import Mailing
from actions.adapters.woocommerce.sending import once, told
from actions.live import Live
from actions.ports import Effect, Order
from billing.errors import Refused
from billing.money import Money
from billing.verbs import ObjectKind, Verb
from billing.vocabulary import EffectStatus, InvoiceStatus
from gateways import status_map
from gateways.woocommerce.api import WooApi

_PAYABLE = ("pending", "on-hold", "failed")


class Invoices:
    """Reads orders as invoices and does what can be done to them."""

    kind = ObjectKind.INVOICE

    def __init__(self, api: WooApi) -> None:
        self._api = api
        self.handlers = {
            Verb.SEND_INVOICE: Mailing(api).handler,
            Verb.APPLY_COUPON: once(self._apply, self._find_applied),
            Verb.REMOVE_COUPON: once(self._remove, self._find_removed),
        }

    def read(self, invoice_id: str) -> Live:
        """Read an order. MONEY NEVER MOVES."""
        found = self._api.get(f"/orders/{invoice_id}")
        status = InvoiceStatus(status_map.status("woocommerce", "invoice", found["status"]))
        due = orders.total(found) if status is InvoiceStatus.OPEN else Money(0, found["currency"])
        described = live.invoice(
            str(found["id"]), status, due=due, raw_status=found["status"], raw=orders.recorded(found)
        )
        return replace(described, obstacles={**described.obstacles, **_coupon_obstacles(found, status)})

    def _apply(self, order: Order) -> Effect:
        """Add a coupon to an unpaid order, which the shop then prices anew. NO MONEY MOVES."""
        found = self._payable(order)
        return self._reprice(order, [*orders.codes(found), self._code(order)])

    def _find_applied(self, order: Order) -> Effect | None:
        found = self._api.get(orders.path(order))
        return self._effect(found, order) if self._code(order) in orders.codes(found) else None

    def _remove(self, order: Order) -> Effect:
        """Take every coupon off an unpaid order, which the shop then prices anew. NO MONEY MOVES."""
        self._payable(order)
        return self._reprice(order, [])

    def _find_removed(self, order: Order) -> Effect | None:
        found = self._api.get(orders.path(order))
        return None if orders.codes(found) else self._effect(found, order)

    def _payable(self, order: Order) -> Mapping[str, Any]:
        """Return the order as it is now. The shop would price a paid one anew as well, so it is refused here."""
        found: Mapping[str, Any] = self._api.get(orders.path(order))
        if found["status"] not in _PAYABLE:
            raise Refused(f"The order is {found['status']} now, and coupons change an unpaid one only")
        return found

    def _reprice(self, order: Order, codes: Sequence[str]) -> Effect:
        """Send the coupons that the order shall have: the shop takes all others off."""
        body = {"coupon_lines": [{"code": code} for code in codes]}
        return self._effect(self._api.write("PUT", orders.path(order), body), order)

    def _code(self, order: Order) -> str:
        """Return the code of the act's coupon, which the API wants instead of the id."""
        return str(self._api.get(f"/coupons/{order.act.coupon_id}")["code"])

    def _effect(self, found: Mapping[str, Any], order: Order) -> Effect:
        coupon, due = getattr(order.act, "coupon_id", None), told(found["total"], found["currency"])
        return Effect(
            EffectStatus.SUCCEEDED,
            found["status"],
            explanation=f"{due} are to be paid now" if due else None,
            after=orders.recorded(found),
            touched=(("order", str(found["id"])), *((("coupon", coupon),) if coupon else ())),
        )


def _coupon_obstacles(found: Mapping[str, Any], status: InvoiceStatus) -> dict[Verb, str]:
    if found["status"] not in _PAYABLE:
        words = f"This invoice is {status.value}; coupons change an unpaid one only."
        return {Verb.APPLY_COUPON: words, Verb.REMOVE_COUPON: words}
    return {} if orders.codes(found) else {Verb.REMOVE_COUPON: "There is no coupon on this invoice."}
