"""Subscriptions: told to end with their period, ended at once, moved to another price."""

from collections.abc import Callable

from sandbox.state import Json
from sandbox.stripe import params as read
from sandbox.stripe import subscribing
from sandbox.stripe.call import Call
from sandbox.stripe.errors import StripeError, bad_parameter, missing

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


def _update(call: Call, id: str) -> Json:
    read.allow(
        call.params, "cancel_at_period_end", "cancellation_details", "metadata", "items", "proration_behavior"
    )
    found = _living(call, id)
    found["metadata"] = read.metadata(call.params, found["metadata"])
    found["cancellation_details"] = _details(call, found)
    ending = read.truth(call.params, "cancel_at_period_end")
    if "items" in call.params:
        _move(call, found)
        found = call.find("subscription", id)
    if ending is None:
        return call.books.change(found, "customer.subscription.updated")
    return subscribing.set_cancel_at_period_end(call.books, found, ending)


def _move(call: Call, found: Json) -> None:
    items = call.params["items"]
    item = items[0] if isinstance(items, list) and items and isinstance(items[0], dict) else {}
    read.allow(item, "id", "price")
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
    subscribing.change_price(call.books, found, price)


def _cancel(call: Call, id: str) -> Json:
    read.allow(call.params, "cancellation_details", "invoice_now", "prorate")
    found = _living(call, id)
    call.books.change(found, cancellation_details=_details(call, found))
    return subscribing.cancel(call.books, id, "cancellation_requested")


ROUTES: list[tuple[str, str, Callable[..., Json]]] = [
    ("POST", "/v1/subscriptions/{id}", _update),
    ("DELETE", "/v1/subscriptions/{id}", _cancel),
]
