"""Customers, their tax ids, and coupons: made, changed, deleted."""

from collections.abc import Callable

from sandbox.state import Json
from sandbox.stripe import params as read
from sandbox.stripe import shapes, subscribing, wallets
from sandbox.stripe.accounts import VENDOR
from sandbox.stripe.call import Call
from sandbox.stripe.errors import StripeError, bad_parameter, required

_TEXTS = ("email", "name", "phone", "description")
_FIELDS = (
    *_TEXTS,
    "address",
    "metadata",
    "tax_exempt",
    "preferred_locales",
    "invoice_settings",
    "payment_method",
)


def _given(call: Call, before: Json | None) -> Json:
    params = call.params
    read.allow(params, *_FIELDS)
    fields: Json = {name: read.text(params, name) for name in _TEXTS if name in params}
    email = fields.get("email")
    if email is not None and "@" not in email:
        raise bad_parameter(f"Invalid email address: {email}", "email", "email_invalid")
    if "address" in params:
        given = params["address"]
        if given and not isinstance(given, dict):
            raise bad_parameter("Invalid object", "address")
        fields["address"] = shapes.address(given or None)
    if "tax_exempt" in params:
        fields["tax_exempt"] = read.choice(params, "tax_exempt", "none", "exempt", "reverse") or "none"
    if "preferred_locales" in params:
        fields["preferred_locales"] = list(params["preferred_locales"] or [])
    fields["metadata"] = read.metadata(params, before["metadata"] if before else None)
    return fields


def _create(call: Call) -> Json:
    fields = _given(call, None)
    books = call.books
    found = books.put(shapes.customer(books.new_id("cus"), books.at, **fields))
    if read.text(call.params, "payment_method"):
        wallets.store(books, found)
    books.emit("customer.created", found)
    return found


def _living(call: Call, id: str) -> Json:
    if call.books.get("deleted_customer", id):
        raise StripeError(404, f"No such customer: '{id}'", code="resource_missing", param="id")
    return call.find("customer", id)


def _update(call: Call, id: str) -> Json:
    found = _living(call, id)
    fields = _given(call, found)
    return call.books.change(found, "customer.updated", **fields)


def _delete(call: Call, id: str) -> Json:
    return subscribing.delete_customer(call.books, _living(call, id))


def _add_tax_id(call: Call, id: str) -> Json:
    customer = _living(call, id)
    read.allow(call.params, "type", "value")
    type, value = read.text(call.params, "type"), read.text(call.params, "value")
    if type is None:
        raise required("type")
    if value is None:
        raise required("value")
    books = call.books
    tax_id = shapes.tax_id(books.new_id("txi"), books.at, id, type, value, "pending", customer["name"])
    books.put(tax_id)
    books.emit("customer.tax_id.created", tax_id)
    return tax_id


def _delete_tax_id(call: Call, id: str, tax_id: str) -> Json:
    found = call.find("tax_id", tax_id, noun="tax id")
    if found["customer"] != id:
        raise StripeError(404, f"No such tax id: '{tax_id}'", code="resource_missing", param="id")
    call.state.delete(VENDOR, call.account.name, "tax_id", tax_id)
    call.books.emit("customer.tax_id.deleted", found)
    return {"id": tax_id, "object": "tax_id", "deleted": True}


def _create_coupon(call: Call) -> Json:
    params = call.params
    read.allow(
        params,
        "id",
        "name",
        "percent_off",
        "amount_off",
        "currency",
        "duration",
        "duration_in_months",
        "metadata",
    )
    percent = read.text(params, "percent_off")
    off = read.whole(params, "amount_off", least=1)
    if (percent is None) == (off is None):
        raise bad_parameter("Received both or neither of percent_off and amount_off.", "percent_off")
    duration = read.choice(params, "duration", "forever", "once", "repeating") or "once"
    books = call.books
    id = read.text(params, "id") or books.new_id("co").removeprefix("co_")[:8]
    if books.get("coupon", id):
        raise StripeError(400, f"Coupon already exists: {id}", code="resource_already_exists", param="id")
    coupon = shapes.coupon(
        id, books.at, read.text(params, "name"),
        percent_off=float(percent) if percent else None, amount_off=off, currency=read.text(params, "currency"),
        duration=duration, duration_in_months=read.whole(params, "duration_in_months", least=1),
        metadata=read.metadata(params),
    )  # fmt: skip
    books.put(coupon)
    books.emit("coupon.created", coupon)
    return coupon


ROUTES: list[tuple[str, str, Callable[..., Json]]] = [
    ("POST", "/v1/customers", _create),
    ("POST", "/v1/customers/{id}", _update),
    ("DELETE", "/v1/customers/{id}", _delete),
    ("POST", "/v1/customers/{id}/tax_ids", _add_tax_id),
    ("DELETE", "/v1/customers/{id}/tax_ids/{tax_id}", _delete_tax_id),
    ("POST", "/v1/coupons", _create_coupon),
]
