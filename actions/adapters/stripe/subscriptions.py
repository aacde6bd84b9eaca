"""Stripe's subscriptions: change, pause, resume, cancel, coupons. Each is a wanted state, found by comparing."""

from collections.abc import Callable, Mapping
from typing import Any

import stripe

from actions import live
from actions.acts import CancelSubscription, ChangePlan
from actions.adapters.stripe.prices import price_of
from actions.adapters.stripe.sending import send
from actions.live import Live
from actions.ports import Effect, Handler, Order
from billing.verbs import ObjectKind, Verb
from billing.vocabulary import EffectStatus, SubscriptionStatus
from gateways import status_map
from gateways.stripe.api import StripeApi

Sub = Mapping[str, Any]


class Subscriptions:
    """Reads subscriptions and changes them."""

    kind = ObjectKind.SUBSCRIPTION

    def __init__(self, api: StripeApi) -> None:
        self._api = api
        self.handlers = {
            Verb.CHANGE_PLAN: self._handler(self._change_plan, self._has_plan),
            Verb.PAUSE_SUBSCRIPTION: self._handler(self._pause, lambda sub, _: bool(sub["pause_collection"])),
            Verb.RESUME_SUBSCRIPTION: self._handler(self._resume, lambda sub, _: _runs(sub)),
            Verb.CANCEL_SUBSCRIPTION: self._handler(self._cancel, _is_cancelled),
            Verb.APPLY_COUPON: self._handler(self._apply_coupon, self._has_coupon),
            Verb.REMOVE_COUPON: self._handler(self._remove_coupon, lambda sub, _: not sub["discounts"]),
        }

    def read(self, subscription_id: str) -> Live:
        """Read a subscription. MONEY NEVER MOVES."""
        found = self._get(subscription_id)
        return live.subscription(
            subscription_id,
            _status(found),
            is_ending=bool(found["cancel_at_period_end"]),
            has_coupon=bool(found["discounts"]),
            raw_status=found["status"],
            raw=_recorded(found),
        )

    def _get(self, subscription_id: str) -> dict[str, Any]:
        return self._api.get(f"/v1/subscriptions/{subscription_id}")

    def _handler(
        self,
        call: Callable[[stripe.StripeClient, Order, Any], stripe.Subscription],
        is_so: Callable[[Sub, Order], bool],
    ) -> Handler:
        """Make a handler: `call` asks for a state, `is_so` recognises it. Asking twice changes nothing."""

        def carry_out(order: Order) -> Effect:
            found, request_id = send(self._api, order, lambda client, options: call(client, order, options))
            return _effect(found, order, request_id)

        def find(order: Order) -> Effect | None:
            found = self._get(order.target.id)
            return _effect(found, order, None) if is_so(found, order) else None

        return Handler(carry_out, find)

    def _change_plan(self, client: stripe.StripeClient, order: Order, options: Any) -> stripe.Subscription:
        """Move the first item to another price. MONEY MOVES where the difference is invoiced at once."""
        act: ChangePlan = order.act
        item: dict[str, Any] = {"id": order.before["item"], "price": price_of(self._api, act.plan_id)}
        if act.quantity is not None:
            item["quantity"] = act.quantity
        how = "always_invoice" if act.is_prorated else "none"
        params: Any = {"items": [item], "proration_behavior": how}
        return client.v1.subscriptions.update(order.target.id, params, options)

    def _pause(self, client: stripe.StripeClient, order: Order, options: Any) -> stripe.Subscription:
        """Stop collecting: invoices of the time until it is resumed are void. NO MONEY MOVES."""
        params: Any = {"pause_collection": {"behavior": "void"}}
        return client.v1.subscriptions.update(order.target.id, params, options)

    def _resume(self, client: stripe.StripeClient, order: Order, options: Any) -> stripe.Subscription:
        """Collect again, or take a scheduled end back. NO MONEY MOVES now; the next renewal is charged."""
        if order.before.get("status") == "paused":
            return client.v1.subscriptions.resume(order.target.id, None, options)
        params: Any = {"pause_collection": "", "cancel_at_period_end": False}
        return client.v1.subscriptions.update(order.target.id, params, options)

    def _cancel(self, client: stripe.StripeClient, order: Order, options: Any) -> stripe.Subscription:
        """End it now or with its period. NO MONEY MOVES: nothing is refunded, nothing more is charged."""
        act: CancelSubscription = order.act
        if not act.at_period_end:
            return client.v1.subscriptions.cancel(order.target.id, None, options)
        params: Any = {"cancel_at_period_end": True}
        return client.v1.subscriptions.update(order.target.id, params, options)

    def _apply_coupon(self, client: stripe.StripeClient, order: Order, options: Any) -> stripe.Subscription:
        """Put a coupon in the place of those that there are. NO MONEY MOVES; the next invoices are lower."""
        params: Any = {"discounts": [{"coupon": order.act.coupon_id}]}
        return client.v1.subscriptions.update(order.target.id, params, options)

    def _remove_coupon(self, client: stripe.StripeClient, order: Order, options: Any) -> stripe.Subscription:
        """Take all coupons off. NO MONEY MOVES; the next invoices are in full."""
        params: Any = {"discounts": ""}
        return client.v1.subscriptions.update(order.target.id, params, options)

    def _has_plan(self, sub: Sub, order: Order) -> bool:
        act: ChangePlan = order.act
        now = _recorded(sub)
        return now["price"] == price_of(self._api, act.plan_id) and act.quantity in (None, now["quantity"])

    def _has_coupon(self, sub: Sub, order: Order) -> bool:
        whole = self._api.get(f"/v1/subscriptions/{sub['id']}", {"expand[]": "discounts"})
        return any(one["source"]["coupon"] == order.act.coupon_id for one in whole["discounts"])


def _status(sub: Sub) -> SubscriptionStatus:
    if sub["pause_collection"]:
        return SubscriptionStatus.PAUSED
    return SubscriptionStatus(status_map.status("stripe", "subscription", sub["status"]))


def _recorded(sub: Sub) -> dict[str, Any]:
    item = sub["items"]["data"][0] if sub["items"]["data"] else {}
    return {
        "id": sub["id"],
        "status": sub["status"],
        "cancel_at_period_end": sub["cancel_at_period_end"],
        "pause_collection": (sub["pause_collection"] or {}).get("behavior"),
        "item": item.get("id"),
        "price": (item.get("price") or {}).get("id"),
        "quantity": item.get("quantity"),
        "discounts": sub["discounts"],
    }


def _runs(sub: Sub) -> bool:
    return not sub["pause_collection"] and not sub["cancel_at_period_end"] and sub["status"] != "paused"


def _is_cancelled(sub: Sub, order: Order) -> bool:
    act: CancelSubscription = order.act
    return sub["status"] == "canceled" or (act.at_period_end and bool(sub["cancel_at_period_end"]))


def _effect(sub: Sub, order: Order, request_id: str | None) -> Effect:
    return Effect(
        EffectStatus.SUCCEEDED,
        sub["status"],
        after=_recorded(sub),
        touched=(("subscription", order.target.id),),
        request_id=request_id,
    )
