"""PayPal's refunds: there is no list of them, so they are looked for where PayPal shows them.

A payment of an order: in the order, at once. A payment of a subscription or an invoice has no order: its refunds
stand in past webhook events (30 days, where the app has a webhook) and, up to three hours later, in the report.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from actions.adapters.paypal.sending import (
    CAPTURES,
    ORDERS,
    REFUNDS,
    Thing,
    ago,
    at,
    from_paypal,
    is_under,
    key,
    moment,
    order_of,
    to_paypal,
)
from actions.ports import Effect, Order
from billing import clock
from billing.errors import NotFound, OutcomeUnknown, Refused, Transient
from billing.money import Money
from billing.verbs import REASONS
from billing.vocabulary import EffectStatus
from gateways import status_map
from gateways.paypal.api import PaypalApi

_GONE = ("CAPTURE_FULLY_REFUNDED", "REFUND_AMOUNT_EXCEEDED", "MAX_NUMBER_OF_REFUNDS_EXCEEDED")
"""What PayPal says when there is nothing left to refund, maybe because our first try took it."""
_WINDOW = timedelta(days=30)  # the report takes 31 at most


class Refunds:
    """Makes refunds of captures and finds them."""

    def __init__(self, api: PaypalApi) -> None:
        self._api = api

    def refunded(self, capture: Thing) -> Money:
        """Return what went back of a capture, or is on its way back. MONEY NEVER MOVES."""
        whole = from_paypal(capture["amount"])
        if capture["status"] == "REFUNDED":
            return whole
        sum_ = Money(0, whole.currency)
        for refund in self._of(capture, since=capture["create_time"]):
            if refund["status"] not in ("FAILED", "CANCELLED"):
                sum_ += from_paypal(refund["amount"])
        return sum_

    def send(self, order: Order) -> Effect:
        """Send one refund under the key billhouse-<action id>. MONEY MOVES BACK.

        PayPal keeps the key for 45 days; a repeat within them is the same request to PayPal. Later, "nothing is
        left" usually means that our first try worked, so it is looked for before the refusal is believed.
        """
        assert order.amount is not None
        body = {
            "amount": to_paypal(order.amount),
            "custom_id": order.action_id,
            "note_to_payer": REASONS.get(order.reason, order.reason),
        }
        try:
            path = at(CAPTURES, order.target.id, "/refund")
            written = self._api.writer.post(path, body, request_id=key(order))
        except Refused as refusal:
            if refusal.code not in _GONE:
                raise
            try:
                found = self.find(order)
            except Transient as cause:
                raise OutcomeUnknown(f"{refusal} Whether that was our refund: {cause}") from None
            if found is None:
                raise
            return found
        return _effect(written.body, order, written.debug_id)

    def find(self, order: Order) -> Effect | None:
        """Look for the refund with our action id. MONEY NEVER MOVES.

        Raises:
            Transient: something was refunded since, and PayPal does not tell yet whether it was ours.
        """
        capture = self._api.get(at(CAPTURES, order.target.id))
        for refund in self._of(capture, since=ago(days=3)):
            if refund.get("custom_id") == order.action_id:
                return _effect(refund, order, None)
        is_known = order_of(capture) is not None
        if is_known or all(capture.get(name) == order.before.get(name) for name in ("status", "update_time")):
            return None
        raise Transient("Something of this payment was refunded meanwhile; PayPal's report will tell what.")

    def _of(self, capture: Thing, since: str) -> Iterator[Thing]:
        order_id = order_of(capture)
        if order_id is None:
            if capture["status"] != "COMPLETED":
                yield from self._told(capture["id"], since)
            return
        try:
            order = self._api.get(at(ORDERS, order_id))
        except NotFound:  # PayPal does not show its old orders for ever
            yield from self._told(capture["id"], since)
            return
        for unit in order.get("purchase_units", ()):
            for refund in (unit.get("payments") or {}).get("refunds", ()):
                if is_under(refund, at(CAPTURES, capture["id"])):
                    yield refund

    def _told(self, capture_id: str, since: str) -> Iterator[Thing]:
        """Yield the refunds of a capture that events and the report tell of, each as it is now."""
        seen: set[str] = set()
        for refund_id in (*self._in_events(capture_id), *self._in_report(capture_id, since)):
            if refund_id not in seen:
                seen.add(refund_id)
                yield self._api.get(at(REFUNDS, refund_id))

    def _in_events(self, capture_id: str) -> Iterator[str]:
        for event in self._api.events(ago(days=29), event_type="PAYMENT.CAPTURE.REFUNDED"):
            if is_under(event["resource"], at(CAPTURES, capture_id)):
                yield event["resource"]["id"]

    def _in_report(self, capture_id: str, since: str) -> Iterator[str]:
        # A day early: PayPal refuses to report from a moment that its report has not reached yet.
        begin, now = datetime.fromisoformat(since).astimezone(UTC) - timedelta(days=1), clock.now()
        while begin < now:
            end, page, pages = min(begin + _WINDOW, now), 1, 1
            while page <= pages:
                told = self._api.report(moment(begin), moment(end), page, transaction_type="T1107")
                for line in told.get("transaction_details", ()):
                    info = line["transaction_info"]
                    if info.get("paypal_reference_id") == capture_id:
                        yield info["transaction_id"]
                page, pages = page + 1, int(told.get("total_pages") or 1)
            begin = end


def _effect(refund: Thing, order: Order, debug_id: str | None) -> Effect:
    raw_status = refund["status"]
    details = (refund.get("status_details") or {}).get("reason")
    try:
        status = EffectStatus(status_map.status("paypal", "refund", raw_status))
        explanation = _explain(status, raw_status, details)
    except status_map.UnmappedStatus:
        # The refund exists; a word we do not know must not turn it into one that failed.
        status, explanation = EffectStatus.PENDING, f"PayPal calls it {raw_status!r}"
    total = (refund.get("seller_payable_breakdown") or {}).get("total_refunded_amount")
    order_id = order.before.get("order_id")
    return Effect(
        status,
        raw_status,
        made_id=refund["id"],
        amount=from_paypal(refund["amount"]),
        explanation=explanation,
        after={"id": order.target.id, "refunded": str(from_paypal(total))} if total else None,
        touched=(
            ("capture", order.target.id), ("refund", refund["id"]), *((("order", order_id),) if order_id else ())
        ),
        request_id=debug_id,
    )  # fmt: skip


def _explain(status: EffectStatus, raw_status: str, details: str | None) -> str | None:
    if status is EffectStatus.SUCCEEDED:
        return None
    if details == "ECHECK":
        return "it is paid by bank transfer, which takes some days"
    if details:
        return details.lower().replace("_", " ")
    return "it was cancelled" if raw_status == "CANCELLED" else None
