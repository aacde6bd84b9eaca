"""PayPal-Request-Id: the same id does a deed once; a replay answers 200 with the object's present state."""

from collections.abc import Callable

from sandbox.paypal.accounts import VENDOR
from sandbox.paypal.books import Thing
from sandbox.paypal.call import Call

_KIND = "request"


def once(call: Call, kind: str, kept_seconds: int, make: Callable[[], Thing]) -> tuple[Thing, int]:
    """Do a deed unless its request id did it before; return the object and the status, 201 or 200.

    Ids are kept for 45 days with payments, 6 hours with orders, 72 hours with subscriptions.
    """
    key = call.headers.get("paypal-request-id")
    if key is None:
        return make(), 201
    state, account = call.books.state, call.books.account.name
    before = state.get(VENDOR, account, _KIND, f"{kind}:{key}")
    if before is not None and call.books.at - before["at"] <= kept_seconds:
        return call.books.must(kind, before["object"]), 200
    made = make()
    row = {"id": f"{kind}:{key}", "object": made.id, "at": call.books.at}
    state.put(VENDOR, account, _KIND, row, created=call.books.at)
    return made, 201
