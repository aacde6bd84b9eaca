"""What tests and the demo may make happen at PayPal that its API has no word for: buyers' deeds, and knobs."""

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.clock import Clock
from sandbox.paypal import disputing, invoicing, payments, subscribing
from sandbox.paypal.accounts import MAIN, knobs, turn
from sandbox.paypal.books import Books
from sandbox.paypal.life import DEEDS, labelled
from sandbox.state import Json, State

_BUYER: Json = {
    "name": "Bea Buyer", "email": "bea@example.com", "country": "DE",
    "address": {"line1": "Lindenallee 1", "city": "Berlin", "postal_code": "10115", "country": "DE"},
}  # fmt: skip


def act(state: State, clock: Clock, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Turn knobs ({"knobs": {...}}), find an id by its label ({"label": ...}) or do a deed ({"deed": ..., ...}).

    Raises:
        ValueError: there is no such deed or knob.
        LookupError: there is no such object.
    """
    if "knobs" in asked:
        turn(state, dict(asked["knobs"]))
        return {"knobs": knobs(state)}
    if "label" in asked and "deed" not in asked:
        return {"id": labelled(state, str(asked["label"]))}
    args = {name: value for name, value in asked.items() if name not in ("deed", "vendor")}
    with state.transaction():
        books = Books(state, MAIN.name, clock.timestamp())
        deed = asked.get("deed")
        if deed in _DEEDS:
            return {"id": _DEEDS[deed](books, **args)}
        if deed not in DEEDS:
            raise ValueError(f"no deed {deed!r}; there are {', '.join([*_DEEDS, *DEEDS])}")
        DEEDS[deed](books, **args)
    return {"done": deed}


def _approve_order(books: Books, id: str, person: Json | None = None) -> str:
    payments.approve(books, books.must("order", id), person or _BUYER)
    return id


def _approve_subscription(books: Books, id: str, person: Json | None = None) -> str:
    subscribing.activate(books, books.must("subscription", id), person or _BUYER)
    return id


def _vault(books: Books, person: Json | None = None, is_empty: bool = False) -> str:
    """A buyer lets the company keep their wallet: its vault id."""
    id = books.new_id("vault", 22)
    books.make("vault", id, {"id": id}, {"person": person or _BUYER, "is_empty": is_empty})
    return id


def _approve_revision(books: Books, id: str) -> str:
    subscribing.accept_revision(books, books.must("subscription", id))
    return id


def _revisions(books: Books, id: str) -> str:
    """How often another plan or quantity was proposed to the subscriber: no object of the API tells."""
    return str(books.must("subscription", id).inner.get("revisions", 0))


def _empty_purse(books: Books, id: str) -> str:
    """The subscriber's card is empty: the payment that is due fails now."""
    found = books.must("subscription", id)
    found.inner["will_fail"] = True
    books.put(found)
    subscribing.renew(books, id)
    return id


def _fill_purse(books: Books, id: str) -> str:
    """The subscriber's card is good again."""
    found = books.must("subscription", id)
    found.inner["will_fail"] = False
    books.put(found)
    return id


def _open_dispute(books: Books, capture: str, reason: str = "UNAUTHORISED", **more: Any) -> str:
    return disputing.open_dispute(books, books.must("capture", capture), reason, **more).id


def _pay_invoice(books: Books, id: str, person: Json | None = None) -> str:
    found = books.must("invoice", id)
    found.inner["person"] = person or found.inner["person"] or _BUYER
    return invoicing.pay(books, found).id


_DEEDS: dict[str, Callable[..., str]] = {
    "approve_order": _approve_order,
    "approve_subscription": _approve_subscription,
    "open_dispute": _open_dispute,
    "pay_invoice": _pay_invoice,
    "vault": _vault,
    "approve_revision": _approve_revision,
    "revisions": _revisions,
    "empty_purse": _empty_purse,
    "fill_purse": _fill_purse,
}
