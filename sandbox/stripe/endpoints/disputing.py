"""Disputes answered with evidence, or given up."""

from collections.abc import Callable

from sandbox.state import Json
from sandbox.stripe import disputes
from sandbox.stripe import params as read
from sandbox.stripe.call import Call
from sandbox.stripe.errors import StripeError, bad_parameter

_OPEN = ("needs_response", "warning_needs_response")


def _waiting(call: Call, id: str, verb: str) -> Json:
    found = call.find("dispute", id)
    if found["status"] not in _OPEN:
        raise StripeError(400, f"This dispute cannot be {verb}: its status is {found['status']}.")
    return found


def _update(call: Call, id: str) -> Json:
    read.allow(call.params, "evidence", "metadata", "submit")
    found = _waiting(call, id, "updated")
    given = call.params.get("evidence") or {}
    if not isinstance(given, dict):
        raise bad_parameter("Invalid object", "evidence")
    read.allow(given, *disputes.EVIDENCE)
    found["evidence"] |= given
    call.books.change(found, metadata=read.metadata(call.params, found["metadata"]))
    if read.truth(call.params, "submit") is not False:
        disputes.answer(call.books, id)
    return call.find("dispute", id)


def _close(call: Call, id: str) -> Json:
    read.allow(call.params)
    _waiting(call, id, "closed")
    disputes.give_up(call.books, id)
    return call.find("dispute", id)


ROUTES: list[tuple[str, str, Callable[..., Json]]] = [
    ("POST", "/v1/disputes/{id}", _update),
    ("POST", "/v1/disputes/{id}/close", _close),
]
