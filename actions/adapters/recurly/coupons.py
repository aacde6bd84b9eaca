"""Coupons of Recurly's subscriptions: redeemed, and taken off again. What was done is found by the redemptions.

Recurly's coupons are for one subscription or for a whole account. One for accounts is redeemed here where the
account has no other subscription that it would change.
"""

from collections.abc import Mapping
from typing import Any

from actions.adapters.recurly.sending import Thing, once, path_of, write
from actions.adapters.recurly.subscriptions import recorded, redeemed
from actions.ports import Effect, Handler, Order
from billing.errors import Refused
from billing.verbs import Verb
from billing.vocabulary import EffectStatus
from gateways.recurly.api import RecurlyApi


class Coupons:
    """Redeems and removes coupons."""

    def __init__(self, api: RecurlyApi) -> None:
        self._api = api
        self.handlers: Mapping[Verb, Handler] = {
            Verb.APPLY_COUPON: once(self._apply, self._find_applied),
            Verb.REMOVE_COUPON: once(self._remove, self._find_removed),
        }

    def _apply(self, order: Order) -> Effect:
        """Redeem a coupon. NO MONEY MOVES: the next billings are lower."""
        coupon = self._api.get(path_of("coupons", order.act.coupon_id))
        subscription = self._now(order)
        body: dict[str, Any] = {"coupon_id": coupon["id"], "currency": subscription["currency"]}
        if coupon["redemption_resource"] == "subscription":
            body["subscription_id"] = subscription["id"]
        else:
            self._must_be_alone(subscription)
        path = path_of("accounts", subscription["account"]["id"], "coupon_redemptions", "active")
        written = write(self._api, order, "POST", path, body)
        return _effect(written.body, subscription, order, written.request_id)

    def _find_applied(self, order: Order) -> Effect | None:
        subscription = self._now(order)
        for one in redeemed(self._api, subscription):
            if one["coupon"]["id"] == order.act.coupon_id:
                return _effect(one, subscription, order, None)
        return None

    def _remove(self, order: Order) -> Effect:
        """Take the subscription's coupon off; if there is none of its own, the account's. NO MONEY MOVES."""
        subscription = self._now(order)
        one = next(iter(self._of_before(order, subscription)))
        if one.get("subscription_id"):
            owner = path_of("subscriptions", subscription["id"])
        else:
            self._must_be_alone(subscription)
            owner = path_of("accounts", subscription["account"]["id"])
        written = write(self._api, order, "DELETE", f"{owner}{path_of('coupon_redemptions', one['id'])}")
        return _effect(written.body, subscription, order, written.request_id)

    def _find_removed(self, order: Order) -> Effect | None:
        """Say that it is done when the coupon that would be taken off first is gone."""
        subscription = self._now(order)
        before = order.before.get("coupon_redemptions") or []
        now = [one["id"] for one in self._of_before(order, subscription)]
        if before and len(now) == len(before):
            return None
        return Effect(
            EffectStatus.SUCCEEDED,
            "inactive",
            after={**recorded(subscription), "coupon_redemptions": now},
            touched=(("subscription", order.target.id),),
        )

    def _of_before(self, order: Order, subscription: Thing) -> list[Thing]:
        """Return the redemptions of before that still stand, the subscription's own first."""
        before = order.before.get("coupon_redemptions") or ()
        found = [one for one in redeemed(self._api, subscription) if one["id"] in before]
        return sorted(found, key=lambda one: (one.get("subscription_id") is None, one["id"]))

    def _must_be_alone(self, subscription: Thing) -> None:
        """Refuse to change other subscriptions along with this one."""
        path = path_of("accounts", subscription["account"]["id"], "subscriptions")
        living = {one["id"] for page in self._api.pages(path, {"state": "live"}) for one in page}
        if living - {subscription["id"]}:
            raise Refused(
                "The coupon counts for the whole account, which has other subscriptions; change it at Recurly",
                "account_coupon",
            )

    def _now(self, order: Order) -> Thing:
        return self._api.get(path_of("subscriptions", order.target.id))


def _effect(redemption: Thing, subscription: Thing, order: Order, request_id: str | None) -> Effect:
    is_of_account = not redemption.get("subscription_id")
    return Effect(
        EffectStatus.SUCCEEDED,
        redemption["state"],
        made_id=redemption["id"],
        explanation="it counts for the whole account" if is_of_account else None,
        after=recorded(subscription),
        touched=(("subscription", order.target.id), ("account", subscription["account"]["id"])),
        request_id=request_id,
    )
