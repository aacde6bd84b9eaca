"""Subscriptions: begun, told to end, ended at once, moved to another price, paused, resumed, discounted."""

from collections.abc import Callable

from sandbox.state import Json
from sandbox.stripe import params as read
from sandbox.stripe import subscribing, wallets
from sandbox.stripe.call import Call
from sandbox.stripe.errors import StripeError, bad_parameter, missing, required

_FEEDBACK = ("customer_service", "low_quality", "missing_features", "other", "switched_service", "too_complex",
             "too_expensive", "unused")  # fmt: skip


def _living(call: Call, id: str) -> Json:
    found = call.find("subscription", id)
    if found["status"] in ("canceled", "incomplete_expired"):
        raise missing("subscription", id)
    return found


def _details(call: Call, found: Json) -> Json:
    given = call.params.get("cancellation_details") or {}
    if not isinstance(given, dict):
        raise bad_parameter("Invalid object", "cancellation_details")
    read.allow(given, "comment", "feedback")
    feedback = read.choice(given, "feedback", *_FEEDBACK)
    details = dict(found["cancellation_details"])
    return details | {
        "comment": read.text(given, "comment") or details["comment"],
        "feedback": feedback or details["feedback"],
    }


def _create(call: Call) -> Json:
    params = call.params
    read.allow(params, "customer", "items", "trial_period_days", "discounts", "metadata", "off_session")
    customer = call.find("customer", read.text(params, "customer") or "", param="customer")
    items = params.get("items")
    if not isinstance(items, list) or not items:
        raise required("items")
    prices = []
    for item in items:
        read.allow(item, "price", "quantity")
        price = call.find("price", item.get("price", ""), param="items[0][price]")
        prices.append((price, read.whole(item, "quantity", least=0) or 1))
    if wallets.of(call.books, customer["id"])["card"].get("id") is None:
        raise StripeError(
            400,
            "This customer has no attached payment source or default payment method. Please consider adding a "
            "default payment method.",
            code="resource_missing",
        )
    coupon = _coupon(call)
    return subscribing.create(
        call.books,
        customer,
        prices,
        trial_days=read.whole(params, "trial_period_days", least=1, most=730) or 0,
        coupon=coupon,
        metadata=read.metadata(params),
    )


def _coupon(call: Call) -> Json | None:
    """Return the coupon that `discounts` names; "" and no discounts name none."""
    given = call.params.get("discounts") or []
    if not isinstance(given, list) or any(not isinstance(one, dict) for one in given):
        raise bad_parameter("Invalid array", "discounts")
    for one in given:
        read.allow(one, "coupon")
    return call.find("coupon", given[0].get("coupon", ""), param="discounts[0][coupon]") if given else None


def _update(call: Call, id: str) -> Json:
    read.allow(
        call.params, "cancel_at_period_end", "cancellation_details", "metadata", "items", "proration_behavior",
        "pause_collection", "discounts",
    )  # fmt: skip
    found = _living(call, id)
    if "pause_collection" in call.params:
        _pause(call, found)
    if "discounts" in call.params:
        subscribing.set_coupon(call.books, found, _coupon(call))
    found["metadata"] = read.metadata(call.params, found["metadata"])
    found["cancellation_details"] = _details(call, found)
    ending = read.truth(call.params, "cancel_at_period_end")
    if "items" in call.params:
        _move(call, found)
        found = call.find("subscription", id)
    if ending is None:
        return call.books.change(found, "customer.subscription.updated")
    return subscribing.set_cancel_at_period_end(call.books, found, ending)


def _pause(call: Call, found: Json) -> None:
    given = call.params["pause_collection"]
    if not given:
        call.books.change(found, pause_collection=None)
        return
    if not isinstance(given, dict):
        raise bad_parameter("Invalid object", "pause_collection")
    read.allow(given, "behavior", "resumes_at")
    behavior = read.choice(given, "behavior", "keep_as_draft", "mark_uncollectible", "void")
    if behavior is None:
        raise required("pause_collection[behavior]")
    call.books.change(found, pause_collection={"behavior": behavior, "resumes_at": None})


def _move(call: Call, found: Json) -> None:
    items = call.params["items"]
    item = items[0] if isinstance(items, list) and items and isinstance(items[0], dict) else {}
    read.allow(item, "id", "price", "quantity")
    prorated = (
        read.choice(call.params, "proration_behavior", "always_invoice", "create_prorations", "none")
        != "none"
    )
    first = subscribing.items_of(call.books, found["id"])[0]
    if item.get("id") != first["id"]:
        raise StripeError(
            400, f"The sandbox changes the first item only: {first['id']}.", param="items[0][id]"
        )
    price = call.find("price", item.get("price", ""), param="items[0][price]")
    if price["currency"] != found["currency"]:
        raise StripeError(
            400,
            f"The price specified supports currencies of `{price['currency']}`. This doesn't match the expected"
            f" currency: `{found['currency']}`.",
            param="items[0][price]",
        )
    quantity = read.whole(item, "quantity", least=0)
    subscribing.change_price(call.books, found, price, quantity=quantity, is_prorated=prorated)


def _cancel(call: Call, id: str) -> Json:
    read.allow(call.params, "cancellation_details", "invoice_now", "prorate")
    found = _living(call, id)
    call.books.change(found, cancellation_details=_details(call, found))
    return subscribing.cancel(call.books, id, "cancellation_requested")


ROUTES: list[tuple[str, str, Callable[..., Json]]] = [
    ("POST", "/v1/subscriptions", _create),
    ("POST", "/v1/subscriptions/{id}", _update),
    ("DELETE", "/v1/subscriptions/{id}", _cancel),
]
