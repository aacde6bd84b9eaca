"""A shop's customers: a request for payment, the tax details, the e-mail address, a new subscription."""

from collections.abc import Mapping
from typing import Any

from actions import live
from actions.acts import Address, RequestPayment, SetTaxDetails
from actions.adapters.woocommerce import making
from actions.adapters.woocommerce.sending import amount_text, once, told
from actions.adapters.woocommerce.starting import Starting
from actions.live import Live
from actions.ports import Effect, Order
from billing.ids import email_key
from billing.verbs import ObjectKind, Verb
from billing.vocabulary import EffectStatus
from gateways.woocommerce.api import WooApi

_VAT_KEYS = ("vat_number", "billing_vat_number")
"""Where VAT plug-ins keep a customer's number, of those keys that the API shows (none with an underscore first)."""


class Customers:
    """Reads customers and does what can be done for them. Guests have no customer to act upon."""

    kind = ObjectKind.CUSTOMER

    def __init__(self, api: WooApi) -> None:
        self._api = api
        self.handlers = {
            Verb.REQUEST_PAYMENT: once(self._request, self._find_request),
            Verb.SET_TAX_DETAILS: once(self._set_tax, self._find_tax),
            Verb.CHANGE_EMAIL: once(self._change_email, self._find_email),
            **Starting(api).handlers,
        }

    def read(self, customer_id: str) -> Live:
        """Read a customer. MONEY NEVER MOVES. Stored payment methods are not shown by the API."""
        found = self._api.get(f"/customers/{customer_id}")
        return live.customer(str(found["id"]), raw=_recorded(found))

    def _request(self, order: Order) -> Effect:
        """Make a pending order over the amount, whose page the customer can pay on. NO MONEY MOVES until then.

        The amount is one fee without tax: it is what the customer pays, to the cent.
        """
        act: RequestPayment = order.act
        fee = {"name": act.description, "total": amount_text(act.amount), "tax_status": "none"}
        customer = self._api.get(_path(order))
        body = {"currency": act.amount.currency, "fee_lines": [fee]}
        return _request_effect(making.make(self._api, order, customer, body))

    def _find_request(self, order: Order) -> Effect | None:
        found = making.made(self._api, order)
        return _request_effect(found) if found else None

    def _set_tax(self, order: Order) -> Effect:
        """Change the customer's company, billing address and VAT number. NO MONEY MOVES.

        WooCommerce itself keeps no VAT number; it goes where plug-ins keep theirs, into every key that is there.
        """
        customer = self._api.get(_path(order))
        billing, meta = _billing(order.act), _meta(order.act, customer)
        body = {**({"billing": billing} if billing else {}), **({"meta_data": meta} if meta else {})}
        return _tax_effect(self._api.write("PUT", _path(order), body))

    def _find_tax(self, order: Order) -> Effect | None:
        customer = self._api.get(_path(order))
        has_address = all(customer["billing"][name] == value for name, value in _billing(order.act).items())
        has_number = all(
            _numbers(customer).get(entry["key"]) == entry["value"] for entry in _meta(order.act, customer)
        )
        return _tax_effect(customer) if has_address and has_number else None

    def _change_email(self, order: Order) -> Effect:
        """Change the address that the customer logs in with, and the billing address where there is one.

        NO MONEY MOVES. WordPress tells the old address of it; orders and subscriptions keep the one they have.
        """
        customer = self._api.get(_path(order))
        body: dict[str, Any] = {"email": order.act.email}
        if customer["billing"]["email"]:
            body["billing"] = {"email": order.act.email}
        return _email_effect(self._api.write("PUT", _path(order), body))

    def _find_email(self, order: Order) -> Effect | None:
        customer, wanted = self._api.get(_path(order)), email_key(order.act.email)
        known = {email_key(customer["email"]), email_key(customer["billing"]["email"] or customer["email"])}
        return _email_effect(customer) if known == {wanted} else None


def _path(order: Order) -> str:
    return f"/customers/{order.target.id}"


def _recorded(customer: Mapping[str, Any]) -> dict[str, Any]:
    return {name: customer.get(name) for name in ("id", "is_paying_customer", "date_modified_gmt")}


def _billing(act: SetTaxDetails) -> dict[str, str]:
    """Return the fields of the billing address that the act sets."""
    found = {} if act.company is None else {"company": act.company}
    return {**found, **(_address(act.address) if act.address else {})}


def _address(address: Address) -> dict[str, str]:
    return {
        "address_1": address.line1,
        "address_2": address.line2,
        "city": address.city,
        "state": address.state,
        "postcode": address.postal_code,
        "country": address.country,
    }


def _numbers(customer: Mapping[str, Any]) -> dict[str, str]:
    return {
        meta["key"]: str(meta["value"]) for meta in customer["meta_data"] or () if meta["key"] in _VAT_KEYS
    }


def _meta(act: SetTaxDetails, customer: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return the meta_data that carries the VAT number: in each key that is there, or in the official plug-in's."""
    if act.tax_id is None:
        return []
    return [{"key": key, "value": act.tax_id} for key in _numbers(customer) or _VAT_KEYS[:1]]


def _request_effect(found: Mapping[str, Any]) -> Effect:
    return Effect(
        EffectStatus.SUCCEEDED,
        found["status"],
        made_id=str(found["id"]),
        amount=told(found["total"], found["currency"]),
        url=found["payment_url"],
        touched=(("order", str(found["id"])),),
    )


def _tax_effect(customer: Mapping[str, Any]) -> Effect:
    return _changed(customer, "orders and subscriptions keep the details that they have")


def _email_effect(customer: Mapping[str, Any]) -> Effect:
    return _changed(customer, "orders and subscriptions keep the address that they have")


def _changed(customer: Mapping[str, Any], words: str) -> Effect:
    return Effect(
        EffectStatus.SUCCEEDED,
        explanation=words,
        after=_recorded(customer),
        touched=(("customer", str(customer["id"])),),
    )
