"""Stripe's customers: authorize, charge, request a payment, links, tax details, e-mail, new subscriptions."""

from collections.abc import Mapping
from typing import Any

from stdnum.eu import vat

from actions import live
from actions.acts import Address, Authorize, Charge, CreateSubscription, RequestPayment, SetTaxDetails
from actions.adapters.stripe.prices import price_of
from actions.adapters.stripe.sending import ACTION_KEY, is_ours, send, units
from actions.live import Live
from actions.ports import Effect, Handler, Order
from billing.errors import Refused
from billing.verbs import ObjectKind, Verb
from billing.vocabulary import EffectStatus
from gateways import exponents
from gateways.stripe.api import StripeApi

_RECORDED = ("id", "deleted", "currency", "delinquent", "tax_exempt")
_INTENTS = {
    "succeeded": EffectStatus.SUCCEEDED,
    "requires_capture": EffectStatus.SUCCEEDED,
    "processing": EffectStatus.PENDING,
    "requires_action": EffectStatus.PENDING,
}
_OTHER_TAX_IDS = {
    "GB": "gb_vat",
    "CH": "ch_vat",
    "NO": "no_vat",
    "AU": "au_abn",
    "NZ": "nz_gst",
    "IN": "in_gst",
}


class Customers:
    """Reads customers and does what can be done for them."""

    kind = ObjectKind.CUSTOMER

    def __init__(self, api: StripeApi) -> None:
        self._api = api
        self.handlers = {
            Verb.AUTHORIZE: Handler(self._pay, self._find_payment),
            Verb.CHARGE: Handler(self._pay, self._find_payment),
            Verb.REQUEST_PAYMENT: Handler(self._request_payment, self._find_request),
            Verb.CARD_UPDATE_LINK: Handler(self._card_link, lambda _: None),
            Verb.SET_TAX_DETAILS: Handler(self._set_tax_details, self._find_tax_details),
            Verb.CHANGE_EMAIL: Handler(self._change_email, self._find_email),
            Verb.CREATE_SUBSCRIPTION: Handler(self._subscribe, self._find_subscription),
        }

    def read(self, customer_id: str) -> Live:
        """Read a customer and whether a payment method is on file. MONEY NEVER MOVES."""
        customer = self._api.get(f"/v1/customers/{customer_id}")
        is_deleted = bool(customer.get("deleted"))
        has_method = False if is_deleted else self._method(customer) is not None
        raw = {name: customer.get(name) for name in _RECORDED}
        return live.customer(customer_id, has_method=has_method, is_deleted=is_deleted, raw=raw)

    def _method(self, customer: Mapping[str, Any]) -> str | None:
        """Return the customer's default payment method, or the newest that they have."""
        chosen = (customer.get("invoice_settings") or {}).get("default_payment_method")
        if chosen:
            return str(chosen)
        path = f"/v1/customers/{customer['id']}/payment_methods"
        newest = next(self._api.pages(path), [])
        return str(newest[0]["id"]) if newest else None

    def _pay(self, order: Order) -> Effect:
        """Confirm a payment intent on a stored method, captured at once or by hand. MONEY MOVES TO THE SELLER.

        For an authorization it is only reserved; Stripe releases it after seven days.
        """
        act: Authorize | Charge = order.act
        method = act.method_id or self._method(self._api.get(f"/v1/customers/{order.target.id}"))
        params: Any = {
            "amount": units(act.amount),
            "currency": act.amount.currency.lower(),
            "customer": order.target.id,
            "payment_method": method,
            "description": act.description,
            "confirm": True,
            "off_session": True,
            "capture_method": "manual" if isinstance(act, Authorize) else "automatic",
            "metadata": {ACTION_KEY: order.action_id, "billhouse_reason": order.reason},
        }
        intent, request_id = send(self._api, order, lambda c, o: c.v1.payment_intents.create(params, o))
        return _payment(intent, request_id)

    def _find_payment(self, order: Order) -> Effect | None:
        for page in self._api.pages("/v1/payment_intents", {"customer": order.target.id}):
            for intent in page:
                if is_ours(intent, order) and intent["status"] in _INTENTS:
                    return _payment(intent, None)
        return None

    def _request_payment(self, order: Order) -> Effect:
        """Make a checkout page for the amount; it lasts a day. NO MONEY MOVES until the customer pays there."""
        act: RequestPayment = order.act
        price = {
            "currency": act.amount.currency.lower(),
            "unit_amount": units(act.amount),
            "product_data": {"name": act.description},
        }
        params: Any = {
            "mode": "payment",
            "customer": order.target.id,
            "line_items": [{"quantity": 1, "price_data": price}],
            "metadata": {ACTION_KEY: order.action_id},
            "payment_intent_data": {
                "metadata": {ACTION_KEY: order.action_id},
                "description": act.description,
            },
        }
        page, request_id = send(self._api, order, lambda c, o: c.v1.checkout.sessions.create(params, o))
        return _page(page, order, request_id)

    def _find_request(self, order: Order) -> Effect | None:
        for page in self._api.pages("/v1/checkout/sessions", {"customer": order.target.id}):
            for session in page:
                if is_ours(session, order):
                    return _page(session, order, None)
        return None

    def _card_link(self, order: Order) -> Effect:
        """Open a session of the customer portal at its page for payment methods. NO MONEY MOVES.

        Portal sessions cannot be listed, so one whose answer was lost is not found again; it is harmless.
        """
        params: Any = {"customer": order.target.id, "flow_data": {"type": "payment_method_update"}}
        portal, request_id = send(
            self._api, order, lambda c, o: c.v1.billing_portal.sessions.create(params, o)
        )
        return Effect(
            EffectStatus.SUCCEEDED, "created", portal["id"], url=portal["url"], request_id=request_id
        )

    def _set_tax_details(self, order: Order) -> Effect:
        """Write address and name, then add the tax number. NO MONEY MOVES; finalized invoices stay as they are."""
        act: SetTaxDetails = order.act
        fields: Any = _customer_fields(act)
        if fields:
            send(self._api, order, lambda c, o: c.v1.customers.update(order.target.id, fields, o))
        if act.tax_id and not self._has_tax_id(order.target.id, act.tax_id):
            params: Any = {"type": tax_id_type(act.tax_id), "value": act.tax_id}
            send(
                self._api,
                order,
                lambda c, o: c.v1.customers.tax_ids.create(order.target.id, params, o),
                step="tax-id",
            )
        return self._find_tax_details(order) or Effect(
            EffectStatus.PENDING, "sent", explanation="Stripe does not show it yet"
        )

    def _find_tax_details(self, order: Order) -> Effect | None:
        act: SetTaxDetails = order.act
        customer = self._api.get(f"/v1/customers/{order.target.id}")
        wanted = _customer_fields(act)
        told = {name: customer.get(name) for name in wanted}
        if "address" in wanted:
            told["address"] = {name: (told["address"] or {}).get(name) or "" for name in wanted["address"]}
        if told != wanted or (act.tax_id and not self._has_tax_id(order.target.id, act.tax_id)):
            return None
        return _changed(order)

    def _has_tax_id(self, customer_id: str, tax_id: str) -> bool:
        return any(
            found["value"].replace(" ", "") == tax_id.replace(" ", "")
            for page in self._api.pages(f"/v1/customers/{customer_id}/tax_ids")
            for found in page
        )

    def _change_email(self, order: Order) -> Effect:
        """Set the customer's e-mail address. NO MONEY MOVES."""
        params: Any = {"email": order.act.email}
        _, request_id = send(self._api, order, lambda c, o: c.v1.customers.update(order.target.id, params, o))
        return _changed(order, request_id)

    def _find_email(self, order: Order) -> Effect | None:
        customer = self._api.get(f"/v1/customers/{order.target.id}")
        return _changed(order) if customer.get("email") == order.act.email else None

    def _subscribe(self, order: Order) -> Effect:
        """Start a subscription on the customer's default method. MONEY MOVES unless it begins with a trial."""
        act: CreateSubscription = order.act
        params: Any = {
            "customer": order.target.id,
            "items": [{"price": price_of(self._api, act.plan_id), "quantity": act.quantity}],
            "off_session": True,
            "metadata": {ACTION_KEY: order.action_id},
        }
        if act.trial_days:
            params["trial_period_days"] = act.trial_days
        if act.coupon_id:
            params["discounts"] = [{"coupon": act.coupon_id}]
        made, request_id = send(self._api, order, lambda c, o: c.v1.subscriptions.create(params, o))
        return _subscription(made, order, request_id)

    def _find_subscription(self, order: Order) -> Effect | None:
        query = {"customer": order.target.id, "status": "all"}
        for page in self._api.pages("/v1/subscriptions", query):
            for found in page:
                if is_ours(found, order):
                    return _subscription(found, order, None)
        return None


def tax_id_type(number: str) -> str:
    """Return Stripe's type of a tax number by its country prefix: "DE811907980" is an eu_vat.

    Raises:
        Refused: it has no prefix that says which kind it is.
    """
    compact = number.replace(" ", "").upper()
    if compact[:2] == "EL" or compact[:2].lower() in vat.MEMBER_STATES:
        return "eu_vat"
    found = _OTHER_TAX_IDS.get(compact[:2])
    if found is None:
        raise Refused(
            f"It is not clear what kind of tax number {number!r} is. Write it with its country: DE811907980"
        )
    return found


def _customer_fields(act: SetTaxDetails) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if act.company is not None:
        fields["name"] = act.company
    if act.address is not None:
        fields["address"] = _address(act.address)
    return fields


def _address(address: Address) -> dict[str, str]:
    return {name: value for name, value in address.model_dump().items() if value}


def _payment(intent: Mapping[str, Any], request_id: str | None) -> Effect:
    charge = intent.get("latest_charge")
    return Effect(
        _INTENTS.get(intent["status"], EffectStatus.PENDING),
        intent["status"],
        charge or intent["id"],
        exponents.to_money("stripe", intent["amount"], intent["currency"]),
        explanation="the customer must confirm it with their bank"
        if intent["status"] == "requires_action"
        else None,
        touched=(("payment_intent", intent["id"]), *((("charge", charge),) if charge else ())),
        request_id=request_id,
    )


def _page(session: Mapping[str, Any], order: Order, request_id: str | None) -> Effect:
    return Effect(
        EffectStatus.SUCCEEDED,
        session["status"] or "open",
        session["id"],
        order.amount,
        url=session.get("url"),
        request_id=request_id,
    )


def _subscription(made: Mapping[str, Any], order: Order, request_id: str | None) -> Effect:
    is_waiting = made["status"] == "incomplete"
    return Effect(
        EffectStatus.PENDING if is_waiting else EffectStatus.SUCCEEDED,
        made["status"],
        made["id"],
        explanation="its first payment has not gone through" if is_waiting else None,
        touched=(("subscription", made["id"]), ("customer", order.target.id)),
        request_id=request_id,
    )


def _changed(order: Order, request_id: str | None = None) -> Effect:
    return Effect(
        EffectStatus.SUCCEEDED, "updated", touched=(("customer", order.target.id),), request_id=request_id
    )
