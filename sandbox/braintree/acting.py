"""What tests may make happen at Braintree that its API has no word for: a bank's dispute, a lower search cap."""

from collections.abc import Mapping
from typing import Any

from sandbox.braintree import disputes, keys, transactions
from sandbox.braintree.books import Books
from sandbox.braintree.errors import BraintreeError
from sandbox.braintree.merchant import SEARCH_CAP
from sandbox.clock import Clock
from sandbox.state import Json, State

_DEEDS = ("dispute", "decide", "decline_settlement", "decline_card", "search_cap", "request_keys")


def act(state: State, clock: Clock, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Do one deed, by its name in `asked["deed"]`.

    "dispute" (a sale's `id`, `outcome`), "decide" (a dispute's `id`, `outcome`), "decline_settlement" (`id`),
    "decline_card" (a card's `id`, `code`: what it declines from now on), "search_cap" (`ids`), "request_keys"
    (`allowed`: whether requests may have an api_request_key).

    Raises:
        ValueError: there is no such deed.
        LookupError: there is no such object.
    """
    deed = asked.get("deed")
    if deed == "search_cap":
        state.set_setting(SEARCH_CAP, int(asked["ids"]))
        return {"done": deed}
    if deed == "request_keys":
        state.set_setting(keys.ALLOWED, bool(asked["allowed"]))
        return {"done": deed}
    with state.transaction():
        try:
            made = _do(Books(state, clock.timestamp()), str(deed), asked)
        except BraintreeError as refusal:
            raise LookupError(f"no {asked.get('id')!r} that this could be done to ({refusal})") from refusal
    return {"done": deed, "id": made["id"]}


def _do(books: Books, deed: str, asked: Mapping[str, Any]) -> Json:
    id = str(asked["id"])
    if deed == "dispute":
        sale = books.must("transaction", id)
        return disputes.begin(books, sale, asked.get("reason", "fraud"), outcome=asked.get("outcome"))
    if deed == "decide":
        return disputes.move(books, books.must("dispute", id), asked["outcome"])
    if deed == "decline_settlement":
        return transactions.decline_settlement(books, books.must("transaction", id))
    if deed == "decline_card":
        return _decline(books, id, str(asked.get("code", "2000")))
    raise ValueError(f"no deed {deed!r}; there are {', '.join(_DEEDS)}")


def _decline(books: Books, token: str, code: str) -> Json:
    for customer in books.every("customer"):
        for card in customer["credit-cards"]:
            if card["token"] == token:
                card["_declines"] = code
                books.put("customer", customer)
                return customer
    raise LookupError(f"no card {token!r}")
