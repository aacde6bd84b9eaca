"""WooCommerce Subscriptions: pause, resume, cancel, change of plan. What was done is seen by the state.

States are set by `transition_status`, which moves the dates along as the shop's own admin does; `status` would
leave them. A step that the plug-in does not allow would crash it (an exception that nobody catches), so each is
judged here first, on the state as it is a moment before.
"""

from collections.abc import Mapping
from typing import Any

from actions import live
from actions.acts import ChangePlan
from actions.adapters.woocommerce import orders
from actions.adapters.woocommerce.plans import Plan, plan
from actions.adapters.woocommerce.sending import once
from actions.live import Live
from actions.ports import Effect, Handler, Order
from billing import clock
from billing.errors import Refused
from billing.verbs import ObjectKind, Verb
from billing.vocabulary import EffectStatus, SubscriptionStatus
from gateways import status_map
from gateways.woocommerce.api import WooApi

_FROM = {
    "on-hold": ("active", "pending"),
    "active": ("on-hold", "pending-cancel"),
    "cancelled": ("active", "on-hold", "pending", "pending-cancel"),
    "pending-cancel": ("active", "on-hold"),
}
"""State -> the states that the plug-in lets come before it (WC_Subscription::can_be_updated_to)."""
_ENDING = ("pending-cancel", "cancelled")
_RECORDED = (
    "id", "status", "currency", "total", "customer_id", "parent_id", "billing_period", "billing_interval",
    "next_payment_date_gmt", "end_date_gmt", "cancelled_date_gmt", "suspension_count", "payment_method",
)  # fmt: skip


class Subscriptions:
    """Reads subscriptions and does what can be done to them."""

    kind = ObjectKind.SUBSCRIPTION

    def __init__(self, api: WooApi) -> None:
        self._api = api
        self.handlers: dict[Verb, Handler] = {
            Verb.PAUSE_SUBSCRIPTION: self._turning("on-hold"),
            Verb.RESUME_SUBSCRIPTION: self._turning("active"),
            Verb.CANCEL_SUBSCRIPTION: once(self._cancel, self._find_end),
            Verb.CHANGE_PLAN: once(self._change_plan, self._find_plan),
        }

    def read(self, subscription_id: str) -> Live:
        """Read a subscription, and its latest order where that decides what "on-hold" means. MONEY NEVER MOVES."""
        found = self._api.get(f"/subscriptions/{subscription_id}")
        word = found["status"]
        if word == "on-hold" and self._is_unpaid(found):
            word = "on-hold: renewal unpaid"
        elif word == "active" and found["trial_end_date_gmt"] > clock.now().strftime("%Y-%m-%dT%H:%M:%S"):
            word = "active: in trial"
        return live.subscription(
            str(found["id"]),
            SubscriptionStatus(status_map.status("woocommerce", "subscription", word)),
            is_ending=word == "pending-cancel",
            raw_status=word,
            raw=_recorded(found),
        )

    def _turning(self, wanted: str) -> Handler:
        def find(order: Order) -> Effect | None:
            found = self._api.get(_path(order))
            return _effect(found) if found["status"] == wanted else None

        return once(lambda order: self._turn(order, wanted), find)

    def _turn(self, order: Order, wanted: str) -> Effect:
        """Bring a subscription into another state. NO MONEY MOVES; a resumed one is charged when next due."""
        status = self._api.get(_path(order))["status"]
        if status not in _FROM[wanted]:
            raise Refused(f"The subscription is {status} now, and cannot become {wanted}")
        return _effect(self._api.write("PUT", _path(order), {"transition_status": wanted}))

    def _cancel(self, order: Order) -> Effect:
        """Cancel now, or let it end with the period that is paid (pending-cancel). NO MONEY MOVES."""
        if not order.act.at_period_end:
            return self._turn(order, "cancelled")
        found = self._api.get(_path(order))
        if found["status"] == "on-hold" and self._is_unpaid(found):
            raise Refused(
                "Its latest renewal is unpaid, so there is no paid period to wait for. Cancel it now"
            )
        return self._turn(order, "pending-cancel")

    def _find_end(self, order: Order) -> Effect | None:
        found = self._api.get(_path(order))
        reached = _ENDING if order.act.at_period_end else ("cancelled",)
        return _effect(found) if found["status"] in reached else None

    def _change_plan(self, order: Order) -> Effect:
        """Put another product (or quantity) at its present price into a subscription. NO MONEY MOVES now.

        The next payment, on its old day, is the first at the new price. The API can neither charge nor credit the
        difference, so a change with proration is refused.
        """
        act: ChangePlan = order.act
        if act.is_prorated:
            raise Refused(
                "WooCommerce's API cannot charge or credit the difference. Change the plan without proration: "
                "the next payment is the first at the new price"
            )
        chosen, found = plan(self._api, act.plan_id), self._api.get(_path(order))
        lines = found["line_items"]
        if len(lines) != 1:
            raise Refused(f"The subscription has {len(lines)} items. Change them in the shop's admin")
        body = {
            "billing_period": chosen.period,
            "billing_interval": chosen.interval,
            "line_items": [
                {"id": lines[0]["id"], "quantity": 0},  # takes it out
                {"product_id": chosen.product_id, "quantity": act.quantity or lines[0]["quantity"]},
            ],
        }
        return _effect(self._api.write("PUT", _path(order), body), "from the next payment on")

    def _find_plan(self, order: Order) -> Effect | None:
        chosen, found = plan(self._api, order.act.plan_id), self._api.get(_path(order))
        return _effect(found, "from the next payment on") if _has(found, chosen, order) else None

    def _is_unpaid(self, subscription: Mapping[str, Any]) -> bool:
        """Say whether the latest order of a subscription waits for its payment."""
        listed = self._api.get(f"/subscriptions/{subscription['id']}/orders")
        latest = max(listed, key=lambda found: (found["date_created_gmt"], found["id"]), default=None)
        return latest is not None and latest["status"] in ("pending", "failed")


def _path(order: Order) -> str:
    return f"/subscriptions/{order.target.id}"


def _items(subscription: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {name: line.get(name) for name in ("product_id", "quantity", "total")}
        for line in subscription["line_items"]
    ]


def _recorded(subscription: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **{name: subscription.get(name) for name in _RECORDED},
        "items": _items(subscription),
        "coupons": orders.codes(subscription),
    }


def _has(found: Mapping[str, Any], chosen: Plan, order: Order) -> bool:
    """Say whether a subscription is to the plan, in the quantity that was wanted."""
    before = order.before.get("items") or [{}]
    wanted = {order.act.quantity or before[0].get("quantity")} - {None}
    is_rhythm = (found["billing_period"], str(found["billing_interval"])) == (
        chosen.period,
        str(chosen.interval),
    )
    return (
        is_rhythm
        and [line["product_id"] for line in found["line_items"]] == [chosen.product_id]
        and (not wanted or {line["quantity"] for line in found["line_items"]} == wanted)
    )


def _effect(found: Mapping[str, Any], explanation: str | None = None) -> Effect:
    return Effect(
        EffectStatus.SUCCEEDED,
        found["status"],
        explanation=explanation,
        after=_recorded(found),
        touched=(("subscription", str(found["id"])),),
    )
