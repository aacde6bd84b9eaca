"""Braintree's subscriptions: plan, end, discounts and what is due. What was done is found by their state.

Their updates take no key. Each sets a state, so a repeat changes nothing; the retry of a payment, which a repeat
would make again, is looked for before it is sent.
"""

from dataclasses import replace
from typing import Any

from actions import live
from actions.adapters.braintree.sending import Thing, from_braintree, sale_effect, settled, to_braintree
from actions.adapters.braintree.shop import Shop
from actions.live import Live
from actions.ports import Effect, Handler, Order
from billing.errors import Refused
from billing.verbs import ObjectKind, Verb
from billing.vocabulary import EffectStatus, SubscriptionStatus
from gateways import status_map
from gateways.braintree.api import BraintreeApi
from gateways.braintree.xmljson import Json

_RECORDED = (
    "id", "status", "plan-id", "price", "balance", "merchant-account-id", "number-of-billing-cycles",
    "current-billing-cycle", "never-expires", "next-billing-date", "billing-period-end-date", "paid-through-date",
)  # fmt: skip
_WHILE_PAST_DUE = (
    "Braintree changes no plan or discount while a subscription is past due. Retry the payment first."
)
_SEVERAL = (
    "There are several discounts on this subscription ({}), and which one is meant is not said. "
    "Take it off in Braintree's Control Panel."
)


class Subscriptions:
    """Reads subscriptions and does what can be done to them."""

    kind = ObjectKind.SUBSCRIPTION

    def __init__(self, api: BraintreeApi) -> None:
        self._api = api
        self._shop = Shop(api)
        self.handlers = {
            Verb.CHANGE_PLAN: Handler(self._change_plan, self._find_plan),
            Verb.CANCEL_SUBSCRIPTION: Handler(self._cancel, self._find_end),
            Verb.RESUME_SUBSCRIPTION: Handler(self._resume, self._find_resumed),
            Verb.APPLY_COUPON: Handler(self._apply, self._find_applied),
            Verb.REMOVE_COUPON: Handler(self._remove, self._find_removed),
            Verb.RETRY_PAYMENT: Handler(self._retry, self._find_retry),
        }

    def read(self, subscription_id: str) -> Live:
        """Read a subscription and its merchant account's currency. MONEY NEVER MOVES."""
        found = self._find(subscription_id)
        status = _status(found)
        discounts = [one["id"] for one in found.get("discounts") or ()]
        described = live.subscription(
            found["id"],
            status,
            is_ending=_is_ending(found),
            has_coupon=bool(discounts),
            due=from_braintree(found["balance"], self._shop.currency_of(found["merchant-account-id"])),
            raw_status=found["status"],
            raw=_recorded(found),
        )
        obstacles = dict(described.obstacles)
        if len(discounts) > 1:
            obstacles.setdefault(Verb.REMOVE_COUPON, _SEVERAL.format(", ".join(discounts)))
        if status is SubscriptionStatus.PAST_DUE:
            for verb in (Verb.CHANGE_PLAN, Verb.APPLY_COUPON, Verb.REMOVE_COUPON):
                obstacles.setdefault(verb, _WHILE_PAST_DUE)
        return replace(described, obstacles=obstacles)

    def _change_plan(self, order: Order) -> Effect:
        """Move to another plan at that plan's price. MONEY MAY MOVE.

        Prorated, an upgrade's difference is charged at once; a downgrade's becomes a credit for the next periods.
        Braintree keeps the old price unless the new one is said; if the difference is declined all stays as it was.
        """
        act = order.act
        if act.quantity not in (None, 1):
            raise Refused("Braintree's subscriptions have no quantity; use a plan of that price.", "quantity")
        if (found := self._find_plan(order)) is not None:
            return found
        params = {
            "plan_id": act.plan_id,
            "price": str(self._shop.plan(act.plan_id)["price"]),
            "options": {"prorate_charges": act.is_prorated, "revert_subscription_on_proration_failure": True},
        }
        return _effect(self._update(order, params))

    def _find_plan(self, order: Order) -> Effect | None:
        found = self._find(order.target.id)
        if found["plan-id"] != order.act.plan_id:
            return None
        if order.before.get("plan-id") != order.act.plan_id:
            return _effect(found)
        # It was on this plan before, at a price of its own: back to the plan's is the change.
        is_same = found["price"] == str(self._shop.plan(order.act.plan_id)["price"])
        return _effect(found) if is_same else None

    def _cancel(self, order: Order) -> Effect:
        """End a subscription at once, or after the cycle that is paid. NO MONEY MOVES; nothing is charged any more.

        Braintree has no word for the period's end: the number of cycles is set to the current one, and it expires
        then. One in its trial, or not begun, or past due, has no paid cycle to end with.
        """
        if not order.act.at_period_end:
            try:
                return _effect(
                    self._api.write(lambda sdk: sdk.subscription.cancel(order.target.id), "subscription")
                )
            except Refused as refusal:
                return settled(self._find_end, order, refusal, "81905")
        found = self._find(order.target.id)
        if _is_ending(found):
            return _effect(found)
        if found["status"] != "Active" or not found["current-billing-cycle"]:
            raise Refused("It has no paid period to end with; cancel it at once.", "no_paid_period")
        params = {"never_expires": False, "number_of_billing_cycles": found["current-billing-cycle"]}
        return _effect(self._update(order, params))

    def _find_end(self, order: Order) -> Effect | None:
        found = self._find(order.target.id)
        is_over = found["status"] in ("Canceled", "Expired")
        return _effect(found) if is_over or (order.act.at_period_end and _is_ending(found)) else None

    def _resume(self, order: Order) -> Effect:
        """Take back that it ends with its period. NO MONEY MOVES now; the next period will be charged.

        It goes on for as many cycles as its plan has, or without end.
        """
        found = self._find(order.target.id)
        if (resumed := self._find_resumed(order)) is not None:
            return resumed
        cycles = self._shop.plan(found["plan-id"]).get("number-of-billing-cycles")
        if cycles and cycles > found["current-billing-cycle"]:
            return _effect(
                self._update(order, {"never_expires": False, "number_of_billing_cycles": int(cycles)})
            )
        return _effect(self._update(order, {"never_expires": True}))

    def _find_resumed(self, order: Order) -> Effect | None:
        found = self._find(order.target.id)
        return _effect(found) if found["status"] == "Active" and not _is_ending(found) else None

    def _apply(self, order: Order) -> Effect:
        """Put a discount on a subscription, from the next period on. NO MONEY MOVES now."""
        if (found := self._find_applied(order)) is not None:
            return found
        params = {"discounts": {"add": [{"inherited_from_id": order.act.coupon_id}]}, **_NOT_PRORATED}
        return _effect(self._update(order, params))

    def _find_applied(self, order: Order) -> Effect | None:
        found = self._find(order.target.id)
        has = any(one["id"] == order.act.coupon_id for one in found.get("discounts") or ())
        return _effect(found) if has else None

    def _remove(self, order: Order) -> Effect:
        """Take the one discount off, from the next period on. NO MONEY MOVES now."""
        discounts = order.before.get("discounts") or ()
        if (found := self._find_removed(order)) is not None:
            return found
        params = {"discounts": {"remove": list(discounts)}, **_NOT_PRORATED}
        return _effect(self._update(order, params))

    def _find_removed(self, order: Order) -> Effect | None:
        found = self._find(order.target.id)
        left = {one["id"] for one in found.get("discounts") or ()}
        return None if left & set(order.before.get("discounts") or ()) else _effect(found)

    def _retry(self, order: Order) -> Effect:
        """Charge what is due to the payment method on file, and let it settle. MONEY MOVES TO THE SELLER.

        The SDK's call takes neither a key nor an order id: a sale of this subscription by the API that was not
        there before is ours. Braintree's check for duplicates (30 seconds, by subscription) stands behind that.
        """
        if (found := self._find_retry(order)) is not None:
            return found
        amount = to_braintree(order.amount) if order.amount else None
        sale = self._api.write(
            lambda sdk: sdk.subscription.retry_charge(order.target.id, amount, True), "transaction"
        )
        return _retried(sale, order)

    def _find_retry(self, order: Order) -> Effect | None:
        known = set(order.before.get("transactions") or ())
        for told in self._find(order.target.id).get("transactions") or ():
            if told["id"] in known:
                continue
            sale = self._api.find("transaction", told["id"])
            # Braintree's own retries are "recurring" there.
            if any(event.get("transaction-source") == "api" for event in sale.get("status-history") or ()):
                return _retried(sale, order)
        return None

    def _find(self, subscription_id: str) -> Json:
        return self._api.find("subscription", subscription_id)

    def _update(self, order: Order, params: dict[str, Any]) -> Json:
        return self._api.write(lambda sdk: sdk.subscription.update(order.target.id, params), "subscription")


_NOT_PRORATED = {"options": {"prorate_charges": False}}


def _status(found: Thing) -> SubscriptionStatus:
    """Return a subscription's state in our words; a trial is "Active" to Braintree until a cycle is billed."""
    word = found["status"]
    if word == "Active" and found.get("trial-period") and not found.get("current-billing-cycle"):
        word = "Active in trial"
    return SubscriptionStatus(status_map.status("braintree", "subscription", word))


def _is_ending(found: Thing) -> bool:
    """Say whether the cycle that is paid is the last one."""
    cycles = found.get("number-of-billing-cycles")
    return found["status"] == "Active" and bool(cycles) and cycles == found.get("current-billing-cycle")


def _recorded(found: Thing) -> dict[str, Any]:
    return {
        **{name: found.get(name) for name in _RECORDED},
        "discounts": [one["id"] for one in found.get("discounts") or ()],
        "transactions": [one["id"] for one in found.get("transactions") or ()],
    }


def _effect(found: Thing) -> Effect:
    return Effect(
        EffectStatus.SUCCEEDED,
        found["status"],
        after=_recorded(found),
        touched=(("subscription", found["id"]),),
    )


def _retried(sale: Thing, order: Order) -> Effect:
    return sale_effect(sale, ("subscription", order.target.id))
