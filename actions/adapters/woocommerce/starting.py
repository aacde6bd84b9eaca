"""A new subscription: a first order that waits for the customer, and the subscription that its payment starts."""

from collections.abc import Mapping
from typing import Any

from actions.acts import CreateSubscription
from actions.adapters.woocommerce import making
from actions.adapters.woocommerce.plans import plan
from actions.adapters.woocommerce.sending import once
from actions.ports import Effect, Handler, Order
from billing.errors import OutcomeUnknown, Refused
from billing.verbs import Verb
from billing.vocabulary import EffectStatus
from gateways.woocommerce.api import WooApi


class Starting:
    """Starts subscriptions. The API shows no stored cards, so the customer pays the first order themselves."""

    def __init__(self, api: WooApi) -> None:
        self._api = api
        self.handlers: dict[Verb, Handler] = {Verb.CREATE_SUBSCRIPTION: once(self._start, self._find)}

    def _start(self, order: Order) -> Effect:
        """Make a pending order for the plan, then its subscription. NO MONEY MOVES until the customer pays it.

        Two requests: where the second one does not come through, the first order stays behind, unpaid and without
        effect, and a repeat goes on from it.
        """
        act: CreateSubscription = order.act
        if act.trial_days is not None:
            raise Refused("WooCommerce takes the trial's length from the product. Leave the days open")
        first = making.made(self._api, order) or self._first_order(order, act)
        answer = self._api.write("POST", f"/orders/{first['id']}/subscriptions", {})
        if not answer:
            raise Refused("The shop made no subscription of this product")
        return _effect(first, answer[0])

    def _first_order(self, order: Order, act: CreateSubscription) -> dict[str, Any]:
        chosen, customer = plan(self._api, act.plan_id), self._api.get(f"/customers/{order.target.id}")
        body: dict[str, Any] = {
            "line_items": [{"product_id": chosen.product_id, "quantity": act.quantity}],
        }
        if act.coupon_id is not None:
            body["coupon_lines"] = [{"code": self._api.get(f"/coupons/{act.coupon_id}")["code"]}]
        return making.make(self._api, order, customer, body)

    def _find(self, order: Order) -> Effect | None:
        first = making.made(self._api, order)
        if first is None:
            return None
        found = self._api.page("/subscriptions", {"parent": str(first["id"]), "status": "any"}).items
        if len(found) > 1:
            raise OutcomeUnknown(f"The order {first['id']} has several subscriptions.")
        return _effect(first, found[0]) if found else None


def _effect(first: Mapping[str, Any], subscription: Mapping[str, Any]) -> Effect:
    is_waiting = subscription["status"] == "pending"
    return Effect(
        EffectStatus.SUCCEEDED,
        subscription["status"],
        made_id=str(subscription["id"]),
        url=first["payment_url"] if is_waiting else None,
        explanation=f"it begins when the customer pays order {first['number']}" if is_waiting else None,
        touched=(("subscription", str(subscription["id"])), ("order", str(first["id"]))),
    )
