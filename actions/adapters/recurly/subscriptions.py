"""Recurly's subscriptions: another plan, pause, resume, cancel. What was done is found by the state."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from actions import live
from actions.adapters.recurly.sending import Thing, once, path_of, write
from actions.live import Live
from actions.ports import Effect, Handler, Order
from billing import clock
from billing.errors import Refused
from billing.verbs import Verb
from billing.vocabulary import EffectStatus, SubscriptionStatus
from gateways import status_map
from gateways.recurly.api import RecurlyApi

_FOR_EVER = 120
"""Recurly pauses for a number of billings: ten years of months are "until it is resumed"."""
_OVER = ("expired", "failed")


class Subscriptions:
    """Reads subscriptions and changes them."""

    def __init__(self, api: RecurlyApi) -> None:
        self._api = api
        self.handlers: Mapping[Verb, Handler] = {
            Verb.CHANGE_PLAN: once(self._change, self._find_change),
            Verb.PAUSE_SUBSCRIPTION: once(self._pause, self._find_pause),
            Verb.RESUME_SUBSCRIPTION: once(self._resume, self._find_resumed),
            Verb.CANCEL_SUBSCRIPTION: once(self._cancel, self._find_canceled),
        }

    def read(self, subscription_id: str) -> Live:
        """Read a subscription and the coupons that lower its price. MONEY NEVER MOVES."""
        found = self._api.get(path_of("subscriptions", subscription_id))
        coupons = [one["id"] for one in redeemed(self._api, found)]
        raw = {**recorded(found), "coupon_redemptions": coupons}
        word = "in_trial" if found["state"] == "active" and _is_in_trial(found) else found["state"]
        seen = live.subscription(
            found["id"],
            SubscriptionStatus(status_map.status("recurly", "subscription", word)),
            is_ending=found["state"] == "canceled",
            has_coupon=bool(coupons),
            raw_status=found["state"],
            raw=raw,
        )
        return _with_pauses(seen, found, is_in_trial=word == "in_trial")

    def _change(self, order: Order) -> Effect:
        """Move to another plan or quantity now. MONEY MAY MOVE where it is prorated.

        The card pays the difference, or the account gets credit. A declined card is a refusal and leaves the plan
        as it was. A pause that is still to begin ends with it.
        """
        act = order.act
        body: dict[str, Any] = {"timeframe": "now", "plan_id": act.plan_id}
        if act.quantity is not None:
            body["quantity"] = act.quantity
        if not act.is_prorated:
            body["proration_settings"] = {"charge": "none", "credit": "none"}
        written = write(self._api, order, "POST", path_of("subscriptions", order.target.id, "change"), body)
        made = written.body.get("invoice_collection") or {}
        invoices = [made.get("charge_invoice"), *(made.get("credit_invoices") or ())]
        found = _effect({"state": "active"}, order, written.request_id)
        return replace(
            found,
            after=None,
            touched=(*found.touched, *(("invoice", one["id"]) for one in invoices if one)),
        )

    def _find_change(self, order: Order) -> Effect | None:
        found, act = self._now(order), order.act
        is_done = act.plan_id == found["plan"]["id"] and act.quantity in (None, found["quantity"])
        return _effect(found, order, None) if is_done else None

    def _pause(self, order: Order) -> Effect:
        """Leave billings out from the next one on; what is paid goes on until then. NO MONEY MOVES."""
        body = {"remaining_pause_cycles": _FOR_EVER}
        return self._put(order, "pause", body)

    def _find_pause(self, order: Order) -> Effect | None:
        found = self._now(order)
        return _effect(found, order, None) if _is_paused(found) else None

    def _resume(self, order: Order) -> Effect:
        """End a pause, take back one that is still to begin, or take a cancellation back.

        MONEY MAY MOVE: a paused subscription may be billed as soon as it is resumed.
        """
        found = self._now(order)
        if found["state"] == "canceled":
            return self._put(order, "reactivate", None)
        if found["state"] == "paused":
            return self._put(order, "resume", None)
        return self._put(order, "pause", {"remaining_pause_cycles": 0})

    def _find_resumed(self, order: Order) -> Effect | None:
        found = self._now(order)
        if found["state"] in _OVER:
            raise Refused("The subscription has ended", "immutable_subscription")
        if order.before.get("state") == "canceled":
            is_done = found["state"] != "canceled"
        else:
            is_done = found["state"] == "active" and not _is_paused(found)
        return _effect(found, order, None) if is_done else None

    def _cancel(self, order: Order) -> Effect:
        """End a subscription with the period that is paid, or at once. NO MONEY MOVES: nothing is refunded.

        `bill_date`, for Recurly's default would go on billing a subscription until its whole term is over.
        """
        if order.act.at_period_end:
            return self._put(order, "cancel", {"timeframe": "bill_date"})
        path = f"{path_of('subscriptions', order.target.id)}?refund=none"
        written = write(self._api, order, "DELETE", path)
        return _effect(written.body, order, written.request_id)

    def _find_canceled(self, order: Order) -> Effect | None:
        found = self._now(order)
        is_done = found["state"] in (*_OVER, *(("canceled",) if order.act.at_period_end else ()))
        return _effect(found, order, None) if is_done else None

    def _put(self, order: Order, verb: str, body: Thing | None) -> Effect:
        written = write(self._api, order, "PUT", path_of("subscriptions", order.target.id, verb), body)
        return _effect(written.body, order, written.request_id)

    def _now(self, order: Order) -> Thing:
        return self._api.get(path_of("subscriptions", order.target.id))


def redeemed(api: RecurlyApi, subscription: Thing) -> list[Thing]:
    """Return the active redemptions of coupons that lower a subscription's price: its own and its account's."""
    path = path_of("accounts", subscription["account"]["id"], "coupon_redemptions", "active")
    return [one for one in api.get(path)["data"] if one.get("subscription_id") in (None, subscription["id"])]


def recorded(subscription: Thing) -> dict[str, Any]:
    """Return the fields of a subscription that the audit log keeps."""
    names = ("id", "state", "quantity", "currency", "remaining_pause_cycles", "paused_at", "expires_at")
    return {
        **{name: subscription.get(name) for name in names},
        "plan_id": subscription["plan"]["id"],
        "account_id": subscription["account"]["id"],
        "unit_amount": str(subscription["unit_amount"]),
    }


def _is_paused(subscription: Thing) -> bool:
    """Say whether a pause goes on or is to begin with the next billing."""
    return subscription["state"] == "paused" or bool(subscription.get("remaining_pause_cycles"))


def _is_in_trial(subscription: Thing) -> bool:
    ends = subscription.get("trial_ends_at")
    return ends is not None and datetime.fromisoformat(ends) > clock.now()


def _with_pauses(seen: Live, subscription: Thing, *, is_in_trial: bool) -> Live:
    """Add what is Recurly's own: a pause begins with a billing, and never in a trial."""
    obstacles = dict(seen.obstacles)
    if is_in_trial:
        obstacles[Verb.PAUSE_SUBSCRIPTION] = "This subscription is in its trial, which Recurly cannot pause."
    elif subscription["state"] == "active" and _is_paused(subscription):
        obstacles[Verb.PAUSE_SUBSCRIPTION] = "A pause begins when this period ends already."
        obstacles.pop(Verb.RESUME_SUBSCRIPTION, None)
    return replace(seen, obstacles=obstacles)


def _effect(subscription: Thing, order: Order, request_id: str | None) -> Effect:
    begins = subscription.get("paused_at") if subscription["state"] == "active" else None
    return Effect(
        EffectStatus.SUCCEEDED,
        subscription["state"],
        explanation=f"the pause begins on {str(begins)[:10]}, when the paid period ends" if begins else None,
        after=recorded(subscription) if "plan" in subscription else None,
        touched=(("subscription", order.target.id),),
        request_id=request_id,
    )
