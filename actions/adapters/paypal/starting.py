"""Subscriptions that begin: PayPal lets nobody subscribe another; the customer agrees on PayPal's own page."""

from datetime import timedelta
from typing import Any

from actions.acts import CreateSubscription
from actions.adapters.paypal.sending import SUBSCRIPTIONS, Thing, ago, at, key, link, moment
from actions.ports import Effect, Order
from billing import clock
from billing.errors import Refused
from billing.vocabulary import EffectStatus
from gateways.paypal.api import PaypalApi

_WAITING = ("APPROVAL_PENDING", "APPROVED")
_ENDED = ("CANCELLED", "EXPIRED")


class Starting:
    """Makes subscriptions that wait for their subscriber."""

    def __init__(self, api: PaypalApi) -> None:
        self._api = api

    def send(self, order: Order) -> Effect:
        """Make a subscription that waits for the customer. NO MONEY MOVES before they agree; then PayPal charges.

        PayPal keeps the key for 72 hours. A trial of days is a later start: PayPal's own trials belong to the plan.
        """
        act: CreateSubscription = order.act
        if act.coupon_id is not None:
            raise Refused("PayPal: its subscriptions have no coupons. Choose a plan with the lower price")
        body: dict[str, Any] = {
            "plan_id": act.plan_id,
            "quantity": str(act.quantity),
            "custom_id": order.action_id,
        }
        if act.trial_days is not None:
            body["start_time"] = moment(clock.now() + timedelta(days=act.trial_days))
        if "@" in order.target.id:
            body["subscriber"] = {"email_address": order.target.id}
        written = self._api.writer.post(SUBSCRIPTIONS, body, request_id=key(order))
        return _effect(written.body, written.debug_id)

    def find(self, order: Order) -> Effect | None:
        """Look for the subscription in the past events. MONEY NEVER MOVES.

        PayPal has no list of subscriptions, and events only where the app has a webhook. One that is not found
        waits for a customer who never got its link, so nothing will come of it.
        """
        for event in self._api.events(ago(days=29), event_type="BILLING.SUBSCRIPTION.CREATED"):
            if event["resource"].get("custom_id") == order.action_id:
                return _effect(self._api.get(at(SUBSCRIPTIONS, event["resource"]["id"])), None)
        return None


def _effect(subscription: Thing, debug_id: str | None) -> Effect:
    raw_status = subscription["status"]
    status, explanation, url = EffectStatus.SUCCEEDED, None, None
    if raw_status in _WAITING:
        status, url = EffectStatus.PENDING, link(subscription, "approve")
        explanation = "the customer must agree on PayPal's page first; send them its link"
    elif raw_status in _ENDED:
        status, explanation = EffectStatus.FAILED, f"it is {raw_status.lower()}"
    return Effect(
        status,
        raw_status,
        made_id=subscription["id"],
        url=url,
        explanation=explanation,
        touched=(("subscription", subscription["id"]),),
        request_id=debug_id,
    )
