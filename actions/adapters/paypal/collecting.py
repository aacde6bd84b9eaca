"""What failed payments of a subscription left outstanding, collected once more."""

from actions.adapters.paypal.sending import (
    SUBSCRIPTIONS,
    Thing,
    ago,
    at,
    charge_effect,
    from_paypal,
    key,
    reason,
    to_paypal,
)
from actions.ports import Effect, Order
from billing.vocabulary import EffectStatus
from gateways.paypal.api import PaypalApi


class Collecting:
    """Captures outstanding balances."""

    def __init__(self, api: PaypalApi) -> None:
        self._api = api

    def send(self, order: Order) -> Effect:
        """Collect the outstanding balance. MONEY MOVES TO THE SELLER. PayPal keeps the key for 72 hours.

        PayPal answers with the payment, or (202) that it is on its way.
        """
        assert order.amount is not None
        body = {
            "note": reason(order),
            "capture_type": "OUTSTANDING_BALANCE",
            "amount": to_paypal(order.amount),
        }
        path = at(SUBSCRIPTIONS, order.target.id, "/capture")
        written = self._api.writer.post(path, body, request_id=key(order))
        if "id" not in written.body:
            return Effect(
                EffectStatus.PENDING,
                "ACCEPTED",
                amount=order.amount,
                touched=(("subscription", order.target.id),),
                request_id=written.debug_id,
            )
        return _effect(written.body, order, written.debug_id)

    def find(self, order: Order) -> Effect | None:
        """Look for a payment of that amount since the intent; PayPal shows no notes of them. MONEY NEVER MOVES."""
        found = self._api.get(at(SUBSCRIPTIONS, order.target.id))
        info = found.get("billing_info") or {}
        for name, status in (("last_payment", "COMPLETED"), ("last_failed_payment", "DECLINED")):
            last = info.get(name) or {}
            if last.get("time") in (None, order.before.get(f"{name}_time")):
                continue
            if from_paypal(last["amount"]) == order.amount:
                return _effect(self._payment(order, last, status), order, None)
        return None

    def _payment(self, order: Order, last: Thing, status: str) -> Thing:
        """Return the payment itself, or as much of it as the subscription tells."""
        # An hour more than now: PayPal's clock is not ours.
        bounds = {"start_time": ago(days=3), "end_time": ago(hours=-1)}
        told = self._api.get(at(SUBSCRIPTIONS, order.target.id, "/transactions"), bounds)
        for one in told.get("transactions", ()):
            if one["time"] == last["time"] and from_paypal(_gross(one)) == order.amount:
                return dict(one)
        return {"status": status, "amount_with_breakdown": {"gross_amount": last["amount"]}}


def _gross(payment: Thing) -> Thing:
    gross: Thing = payment["amount_with_breakdown"]["gross_amount"]
    return gross


def _effect(payment: Thing, order: Order, debug_id: str | None) -> Effect:
    status, made_id = charge_effect(payment["status"]), payment.get("id")
    return Effect(
        status,
        payment["status"],
        made_id=made_id,
        amount=from_paypal(_gross(payment)),
        explanation="the customer's bank or PayPal declined it" if status is EffectStatus.FAILED else None,
        touched=(("subscription", order.target.id), *((("capture", made_id),) if made_id else ())),
        request_id=debug_id,
    )
