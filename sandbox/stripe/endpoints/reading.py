"""Every list and every single object that can be read."""

from collections.abc import Callable
from decimal import Decimal
from functools import partial

from sandbox import ledger
from sandbox.state import Json
from sandbox.stripe import accounts, listing
from sandbox.stripe import params as read
from sandbox.stripe.accounts import VENDOR
from sandbox.stripe.call import Call
from sandbox.stripe.currency import exponent, major
from sandbox.stripe.errors import bad_parameter, missing, required
from sandbox.stripe.listing import Listing, Match

EVENT_DAYS = 30


def _status(value: str) -> Match:
    if value == "all":
        return lambda _: True
    if value == "ended":
        return lambda subscription: subscription["status"] in ("canceled", "incomplete_expired")
    return lambda subscription: bool(subscription["status"] == value)


def _type_group(value: str) -> Match:
    return lambda event: bool(event["type"].startswith(value.removesuffix("*")))


def _has_price(value: str) -> Match:
    return lambda subscription: any(item["price"]["id"] == value for item in subscription["items"]["data"])


LISTINGS: dict[str, Listing] = {
    "balance_transactions": Listing(
        "balance_transaction", "balance transaction", links=("source", "payout", "type", "currency")
    ),
    "checkout/sessions": Listing("checkout.session", "checkout.session", links=("customer",)),
    "charges": Listing("charge", "charge", links=("payment_intent", "customer")),
    "coupons": Listing("coupon", "coupon"),
    "credit_notes": Listing("credit_note", "credit note", links=("invoice", "customer")),
    "disputes": Listing("dispute", "dispute", links=("charge", "payment_intent")),
    "invoice_payments": Listing("invoice_payment", "invoice payment", links=("invoice",), fields=("status",)),
    "invoices": Listing(
        "invoice", "invoice", links=("subscription", "customer"), fields=("status", "collection_method")
    ),
    "payment_intents": Listing("payment_intent", "payment_intent", links=("customer",)),
    "payment_methods": Listing("payment_method", "PaymentMethod", links=("customer",), fields=("type",)),
    "payouts": Listing("payout", "payout", fields=("status",)),
    "prices": Listing("price", "price", links=("product",), fields=("active", "type", "currency")),
    "products": Listing("product", "product", fields=("active",)),
    "refunds": Listing("refund", "refund", links=("charge", "payment_intent")),
    "subscriptions": Listing(
        "subscription",
        "subscription",
        links=("customer",),
        fields=("collection_method",),
        by=(("status", _status), ("price", _has_price)),
        hidden=("status", lambda subscription: subscription["status"] != "canceled"),
    ),
    "tax_ids": Listing("tax_id", "tax id"),
    "tax_rates": Listing("tax_rate", "tax rate", fields=("active", "inclusive")),
}
_CUSTOMERS = Listing("customer", "customer", more=("email",))
_EVENTS = Listing("event", "event", links=("type",), more=("delivery_success",))
_EVENT_GROUP = Listing("event", "event", by=(("type", _type_group),), more=("delivery_success",))
_LINES = Listing("line_item", "invoice line item")
_NOTE_LINES = Listing("credit_note_line_item", "credit note line item")
_ITEMS = Listing("subscription_item", "subscription item", more=("subscription",))


def _list(call: Call, listed: Listing) -> bytes:
    return listing.answer(call, listed)


def _get(call: Call, id: str, listed: Listing) -> Json:
    read.allow(call.params)
    return call.find(listed.kind, id, noun=listed.noun)


def _invoice_payments(call: Call) -> bytes:
    listed = LISTINGS["invoice_payments"]
    payment = call.params.pop("payment", None)
    if isinstance(payment, dict) and "payment_intent" in payment:
        return listing.answer(call, listed, link=("payment_intent", payment["payment_intent"]))
    return listing.answer(call, listed)


def _customers(call: Call) -> bytes:
    return listing.answer(call, _CUSTOMERS, email=read.text(call.params, "email"))


def _customer(call: Call, id: str) -> Json:
    found = call.books.get("customer", id) or call.books.get("deleted_customer", id)
    if found is None:
        raise missing("customer", id)
    return found


def _events(call: Call) -> bytes:
    types = call.params.pop("types", None)
    if types is not None:
        if not isinstance(types, list) or len(types) > 20:
            raise bad_parameter("Invalid array: at most 20 event types", "types")
        if "type" in call.params:
            raise bad_parameter("You may only specify one of these parameters: type, types.", "types")
        call.params["type"] = types
    listed = _EVENT_GROUP if str(call.params.get("type", "")).endswith("*") else _EVENTS
    return listing.answer(call, listed, since=call.books.at - EVENT_DAYS * 86_400)


def _event(call: Call, id: str) -> Json:
    found = call.find("event", id)
    if found["created"] < call.books.at - EVENT_DAYS * 86_400:
        raise missing("event", id)
    return found


def _nested(call: Call, id: str, kind: str, noun: str, listed: Listing) -> bytes:
    call.find(kind, id, noun=noun)
    return listing.answer(call, listed, parent=id)


def _refunds_of_charge(call: Call, id: str) -> bytes:
    call.find("charge", id)
    return listing.answer(call, LISTINGS["refunds"], link=("charge", id))


def _of_customer(call: Call, id: str, listed: Listing) -> bytes:
    call.find("customer", id)
    return listing.answer(call, listed, link=("customer", id))


def _tax_id_of_customer(call: Call, id: str, tax_id: str) -> Json:
    found = call.find("tax_id", tax_id, noun="tax id")
    if found["customer"] != id:
        raise missing("tax id", tax_id)
    return found


def _tax_ids(call: Call) -> bytes:
    owner = call.params.pop("owner", None)
    if isinstance(owner, dict) and owner.get("type") == "customer":
        return listing.answer(call, LISTINGS["tax_ids"], link=("customer", owner.get("customer", "")))
    return listing.answer(call, Listing("account_tax_id", "tax id"))


def _items(call: Call) -> bytes:
    subscription = read.text(call.params, "subscription")
    if subscription is None:
        raise required("subscription")
    call.find("subscription", subscription, param="subscription")
    return listing.answer(call, _ITEMS, parent=subscription)


def _account(call: Call) -> Json:
    return accounts.described(call.state, call.account)


def _balance(call: Call) -> Json:
    totals = ledger.major(call.state, VENDOR, call.account.name, "net")
    coming: dict[str, Decimal] = {}
    for moved in call.books.list("balance_transaction", since=call.books.at - 10 * 86_400):
        if moved["available_on"] > call.books.at:
            code = moved["currency"].upper()
            coming[code] = coming.get(code, Decimal(0)) + major(moved["net"], code)

    def entry(code: str, amount: Decimal) -> Json:
        cents = int(amount.scaleb(exponent(code)))
        return {"amount": cents, "currency": code.lower(), "source_types": {"card": cents}}

    zero = Decimal(0)
    return {
        "object": "balance",
        "available": [entry(code, net - coming.get(code, zero)) for code, net in totals.items()],
        "livemode": False,
        "pending": [entry(code, coming.get(code, zero)) for code in totals],
    }


def _routes() -> list[tuple[str, str, Callable[..., Json | bytes]]]:
    own = {"invoice_payments": _invoice_payments, "tax_ids": _tax_ids}
    routes: list[tuple[str, str, Callable[..., Json | bytes]]] = []
    for name, listed in LISTINGS.items():
        routes.append(("GET", f"/v1/{name}", own.get(name) or partial(_list, listed=listed)))
        routes.append(("GET", f"/v1/{name}/{{id}}", partial(_get, listed=listed)))
    return [
        *routes,
        ("GET", "/v1/account", _account),
        ("GET", "/v1/balance", _balance),
        ("GET", "/v1/customers", _customers),
        ("GET", "/v1/customers/{id}", _customer),
        ("GET", "/v1/customers/{id}/tax_ids", partial(_of_customer, listed=LISTINGS["tax_ids"])),
        ("GET", "/v1/customers/{id}/tax_ids/{tax_id}", _tax_id_of_customer),
        (
            "GET",
            "/v1/customers/{id}/payment_methods",
            partial(_of_customer, listed=LISTINGS["payment_methods"]),
        ),
        ("GET", "/v1/customers/{id}/subscriptions", partial(_of_customer, listed=LISTINGS["subscriptions"])),
        ("GET", "/v1/charges/{id}/refunds", _refunds_of_charge),
        (
            "GET",
            "/v1/invoices/{id}/lines",
            partial(_nested, kind="invoice", noun="invoice", listed=_LINES),
        ),
        (
            "GET",
            "/v1/credit_notes/{id}/lines",
            partial(_nested, kind="credit_note", noun="credit note", listed=_NOTE_LINES),
        ),
        ("GET", "/v1/subscription_items", _items),
        ("GET", "/v1/subscription_items/{id}", partial(_get, listed=_ITEMS)),
        ("GET", "/v1/events", _events),
        ("GET", "/v1/events/{id}", _event),
    ]


ROUTES = _routes()
