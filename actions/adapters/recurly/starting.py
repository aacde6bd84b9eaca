"""A new subscription of a Recurly account, found again by our action id in its notes."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from actions.adapters.recurly.sending import NEWEST, Thing, is_ours, notes, once, path_of, write
from actions.ports import Effect, Handler, Order
from billing import clock
from billing.errors import Refused
from billing.verbs import Verb
from billing.vocabulary import EffectStatus
from gateways.recurly.api import RecurlyApi


class Starting:
    """Starts subscriptions."""

    def __init__(self, api: RecurlyApi) -> None:
        self._api = api
        self.handlers: Mapping[Verb, Handler] = {Verb.CREATE_SUBSCRIPTION: once(self._create, self._find)}

    def _create(self, order: Order) -> Effect:
        """Start a subscription; without a trial its first period is charged now. MONEY MOVES TO THE SELLER.

        A declined card is a refusal (422 `transaction`): no subscription is made. The notes stay on the invoices
        of all its periods.
        """
        account = self._api.get(path_of("accounts", order.target.id))
        plan = self._api.get(path_of("plans", order.act.plan_id))
        body: dict[str, Any] = {
            "account": {"code": account["code"]},
            "plan_id": plan["id"],
            "plan_code": plan["code"],
            "currency": self._currency(order, plan),
            "quantity": order.act.quantity,
            "customer_notes": notes(order),
        }
        if order.act.trial_days is not None:
            body["trial_ends_at"] = (clock.now() + timedelta(days=order.act.trial_days)).isoformat()
        if order.act.coupon_id is not None:
            body["coupon_codes"] = [self._api.get(path_of("coupons", order.act.coupon_id))["code"]]
        written = write(self._api, order, "POST", "/subscriptions", body)
        return _effect(written.body, order, written.request_id)

    def _find(self, order: Order) -> Effect | None:
        path = path_of("accounts", order.target.id, "subscriptions")
        for page in self._api.pages(path, NEWEST):
            for subscription in page:
                if is_ours(subscription, order):
                    return _effect(subscription, order, None)
        return None

    def _currency(self, order: Order, plan: Thing) -> str:
        """Return the plan's currency: its only one, else the one of the account's last invoice, else the site's.

        Raises:
            Refused: none of these is the plan's.
        """
        prices = [one["currency"] for one in plan["currencies"]]
        if len(prices) == 1:
            return str(prices[0])
        path = path_of("accounts", order.target.id, "invoices")
        last = next(self._api.pages(path, NEWEST), [])
        site = self._api.get("/sites")["data"][0]
        for currency in (*(one["currency"] for one in last[:1]), site["settings"]["default_currency"]):
            if currency in prices:
                return str(currency)
        raise Refused(f"The plan has prices in {', '.join(prices)} only", "no_price")


def _effect(subscription: Thing, order: Order, request_id: str | None) -> Effect:
    invoice = subscription.get("active_invoice_id")
    is_over = subscription["state"] == "failed"
    return Effect(
        EffectStatus.FAILED if is_over else EffectStatus.SUCCEEDED,
        subscription["state"],
        made_id=subscription["id"],
        touched=(
            ("account", order.target.id),
            ("subscription", subscription["id"]),
            *((("invoice", invoice),) if invoice else ()),
        ),
        request_id=request_id,
    )
