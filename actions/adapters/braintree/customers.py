"""Braintree's customers: charges and subscriptions on their stored payment methods, and their e-mail address."""

from dataclasses import replace
from typing import Any

from braintree import BraintreeGateway, TransactionSearch

from actions import live
from actions.adapters.braintree.sending import Thing, once, sale_effect, settled, to_braintree
from actions.adapters.braintree.shop import Shop
from actions.live import Live
from actions.ports import Effect, Handler, Order
from billing.errors import NotFound, Refused
from billing.verbs import ObjectKind, Verb
from billing.vocabulary import EffectStatus
from gateways.braintree.api import BraintreeApi

# The lists of a customer that hold payment methods.
_METHODS = (
    "credit-cards", "paypal-accounts", "venmo-accounts", "apple-pay-cards", "android-pay-cards", "us-bank-accounts",
    "sepa-direct-debit-accounts", "samsung-pay-cards", "visa-checkout-cards", "masterpass-cards",
    "amex-express-checkout-cards", "europe-bank-accounts",
)  # fmt: skip
_NOTHING_ON_FILE = "No payment method of this customer is on file, so nothing could be billed."
_LINE_NAME, _LINE_DESCRIPTION = 35, 127  # the longest texts of a line


class Customers:
    """Reads customers and does what can be done for them."""

    kind = ObjectKind.CUSTOMER

    def __init__(self, api: BraintreeApi) -> None:
        self._api = api
        self._shop = Shop(api)
        self.handlers = {
            Verb.CHARGE: Handler(self._charge, self._find_sale),
            Verb.AUTHORIZE: Handler(self._authorize, self._find_sale),
            Verb.CREATE_SUBSCRIPTION: Handler(self._subscribe, self._find_subscription),
            Verb.CHANGE_EMAIL: Handler(self._change_email, self._find_email),
        }

    def read(self, customer_id: str) -> Live:
        """Read a customer. A deleted one is gone without a trace: it is not found. MONEY NEVER MOVES."""
        customer = self._api.find("customer", customer_id)
        methods = _methods(customer)
        raw = {"id": customer["id"], "updated-at": customer.get("updated-at"), "methods": len(methods)}
        found = live.customer(customer["id"], has_method=bool(methods), raw=raw)
        if not methods:
            return replace(found, obstacles={**found.obstacles, Verb.CREATE_SUBSCRIPTION: _NOTHING_ON_FILE})
        return found

    def _charge(self, order: Order) -> Effect:
        """Sell to a stored payment method and submit it for settlement. MONEY MOVES TO THE SELLER."""
        return self._sell(order, submit=True)

    def _authorize(self, order: Order) -> Effect:
        """Reserve an amount on a stored payment method. NO MONEY MOVES, but it cannot be spent meanwhile."""
        return self._sell(order, submit=False)

    def _sell(self, order: Order, *, submit: bool) -> Effect:
        """Make one sale whose order id is our action id; what it is for stands in its one line.

        Without `method_id` Braintree takes the customer's default payment method. A method of somebody else is
        refused (91516). The customer is not there, so the sale is marked as begun by the merchant ("unscheduled").
        """
        assert order.amount is not None
        amount, act = to_braintree(order.amount), order.act
        line = {
            "kind": "debit", "name": act.description[:_LINE_NAME], "quantity": "1", "unit_amount": amount,
            "total_amount": amount, "description": act.description[:_LINE_DESCRIPTION],
        }  # fmt: skip
        params: dict[str, Any] = {
            "amount": amount,
            "customer_id": order.target.id,
            "merchant_account_id": self._shop.account_for(order.amount.currency),
            "order_id": order.action_id,
            "transaction_source": "unscheduled",
            "line_items": [line],
            "options": {"submit_for_settlement": submit},
            **({"payment_method_token": act.method_id} if act.method_id else {}),
        }

        def call(sdk: BraintreeGateway, key: dict[str, str]) -> Any:
            return sdk.transaction.sale({**params, **key})

        return once(self._api, order, call, lambda sale: _sold(sale, order), self._find_sale)

    def _find_sale(self, order: Order) -> Effect | None:
        """Look for the sale by its order id; Braintree's search is how sales are found that nothing refers to."""
        ids = self._api.search_ids("transaction", TransactionSearch.order_id == order.action_id)
        sales = [one for one in (self._api.find("transaction", id) for id in ids) if one["type"] == "sale"]
        return _sold(sales[0], order) if sales else None

    def _subscribe(self, order: Order) -> Effect:
        """Start a subscription whose id is our action id, so that there can be only one. MONEY MOVES.

        The first period is charged at once, unless a trial or the plan says otherwise; if that is declined there is
        no subscription.
        """
        act = order.act
        if act.quantity != 1:
            raise Refused("Braintree's subscriptions have no quantity; use a plan of that price.", "quantity")
        plan = self._shop.plan(act.plan_id)
        params: dict[str, Any] = {
            "id": order.action_id,
            "plan_id": act.plan_id,
            "payment_method_token": self._default_method(order),
            "merchant_account_id": self._shop.account_for(plan["currency-iso-code"]),
        }
        if act.trial_days:
            params |= {"trial_period": True, "trial_duration": act.trial_days, "trial_duration_unit": "day"}
        if act.coupon_id:
            params["discounts"] = {"add": [{"inherited_from_id": act.coupon_id}]}
        try:
            made = self._api.write(lambda sdk: sdk.subscription.create(params), "subscription")
        except Refused as refusal:
            return settled(self._find_subscription, order, refusal, "81902")
        return _begun(made, order)

    def _find_subscription(self, order: Order) -> Effect | None:
        try:
            return _begun(self._api.find("subscription", order.action_id), order)
        except NotFound:
            return None

    def _default_method(self, order: Order) -> str:
        try:
            methods = _methods(self._api.find("customer", order.target.id))
        except NotFound as cause:
            raise Refused(str(cause), "404") from None
        if not methods:
            raise Refused(_NOTHING_ON_FILE, "no_method")
        return str(next((one for one in methods if one.get("default")), methods[0])["token"])

    def _change_email(self, order: Order) -> Effect:
        """Give the customer another e-mail address. NO MONEY MOVES. A repeat sets the same address again."""
        self._api.write(
            lambda sdk: sdk.customer.update(order.target.id, {"email": order.act.email}), "customer"
        )
        return _changed(order)

    def _find_email(self, order: Order) -> Effect | None:
        customer = self._api.find("customer", order.target.id)
        return _changed(order) if customer.get("email") == order.act.email else None


def _methods(customer: Thing) -> list[Thing]:
    return [one for name in _METHODS for one in customer.get(name) or ()]


def _sold(sale: Thing, order: Order) -> Effect:
    return sale_effect(sale, ("customer", order.target.id))


def _begun(subscription: Thing, order: Order) -> Effect:
    return Effect(
        EffectStatus.SUCCEEDED,
        subscription["status"],
        made_id=subscription["id"],
        after={name: subscription.get(name) for name in ("id", "status", "plan-id", "price")},
        touched=(("subscription", subscription["id"]), ("customer", order.target.id)),
    )


def _changed(order: Order) -> Effect:
    return Effect(EffectStatus.SUCCEEDED, "updated", touched=(("customer", order.target.id),))
