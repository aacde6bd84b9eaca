"""Pages that Stripe hosts: checkout sessions, and sessions of the customer portal. Nobody pays there by itself."""

from collections.abc import Callable
from decimal import Decimal

from sandbox.state import Json
from sandbox.stripe import params as read
from sandbox.stripe.call import Call
from sandbox.stripe.errors import bad_parameter, required
from sandbox.stripe.payments import DAY

_FLOWS = (
    "payment_method_update",
    "subscription_cancel",
    "subscription_update",
    "subscription_update_confirm",
)


def _checkout(call: Call) -> Json:
    params = call.params
    read.allow(
        params,
        "mode",
        "customer",
        "line_items",
        "metadata",
        "payment_intent_data",
        "success_url",
        "cancel_url",
    )
    if read.choice(params, "mode", "payment", "setup", "subscription") != "payment":
        raise bad_parameter("The sandbox makes sessions of mode payment only.", "mode")
    customer = call.find("customer", read.text(params, "customer") or "", param="customer")
    total, currency = _priced(params)
    books = call.books
    id = books.new_id("cs_test")
    session: Json = {
        "id": id,
        "object": "checkout.session",
        "amount_subtotal": total,
        "amount_total": total,
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "created": books.at,
        "currency": currency,
        "custom_fields": [],
        "custom_text": {},
        "customer": customer["id"],
        "expires_at": books.at + DAY,
        "livemode": False,
        "metadata": read.metadata(params),
        "mode": "payment",
        "payment_intent": None,
        "payment_method_types": ["card"],
        "payment_status": "unpaid",
        "shipping_options": [],
        "status": "open",
        "url": f"https://checkout.stripe.com/c/pay/{id}",
    }
    return books.put(session, customer=customer["id"])


def _priced(params: Json) -> tuple[int, str]:
    """Return the total of the line items in Stripe's minor units, and their currency."""
    items = params.get("line_items")
    if not isinstance(items, list) or not items:
        raise required("line_items")
    total, currency = Decimal(0), ""
    for item in items:
        read.allow(item, "price_data", "quantity")
        price = item.get("price_data")
        if not isinstance(price, dict):
            raise required("line_items[0][price_data]")
        read.allow(price, "currency", "unit_amount", "product_data")
        unit = read.whole(price, "unit_amount", least=0)
        if unit is None or not (price.get("product_data") or {}).get("name"):
            raise required("line_items[0][price_data]")
        currency = (read.text(price, "currency") or "").lower()
        total += unit * (read.whole(item, "quantity", least=1) or 1)
    return int(total), currency


def _portal(call: Call) -> Json:
    params = call.params
    read.allow(params, "customer", "flow_data", "return_url", "configuration", "locale")
    customer = call.find("customer", read.text(params, "customer") or "", param="customer")
    flow = params.get("flow_data") or {}
    if flow:
        read.choice(flow, "type", *_FLOWS)
    books = call.books
    id = books.new_id("bps")
    session: Json = {
        "id": id,
        "object": "billing_portal.session",
        "configuration": "bpc_sandbox",
        "created": books.at,
        "customer": customer["id"],
        "flow": {"type": flow.get("type")} if flow else None,
        "livemode": False,
        "locale": None,
        "on_behalf_of": None,
        "return_url": read.text(params, "return_url"),
        "url": f"https://billing.stripe.com/p/session/test_{id}",
    }
    return books.put(session)


ROUTES: list[tuple[str, str, Callable[..., Json]]] = [
    ("POST", "/v1/checkout/sessions", _checkout),
    ("POST", "/v1/billing_portal/sessions", _portal),
]
