"""What all writes to Recurly share: look first, then send once under a key derived from the action.

The key alone is not enough. Recurly keeps it for one hour (API reference v2021-02-25, introduction); after that
the same request is done again. So an order is looked for before it is sent, whenever that is, and within the hour
the key covers what is not to be seen yet.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from actions.ports import Effect, Handler, Order
from billing.errors import NotFound, Refused
from billing.money import Money
from billing.vocabulary import EffectStatus
from gateways import status_map
from gateways.recurly.api import RecurlyApi
from gateways.recurly.writing import Written

Thing = Mapping[str, Any]
Touched = tuple[tuple[str, str], ...]

NEWEST = {"sort": "created_at", "order": "desc"}


def once(send: Callable[[Order], Effect], find: Callable[[Order], Effect | None]) -> Handler:
    """Make a handler whose `send` returns what is done already instead of doing it again."""

    def careful(order: Order) -> Effect:
        try:
            done = find(order)
        except NotFound as gone:  # nothing was sent, and what the order needs is not there
            raise Refused(str(gone), "not_found") from None
        return send(order) if done is None else done

    return Handler(careful, find)


def write(api: RecurlyApi, order: Order, method: str, path: str, body: Thing | None = None) -> Written:
    """Carry out one write under the key billhouse-<action id>. MONEY MAY MOVE. Errors: see `Handler.send`."""
    return api.writer.send(method, path, body, key=reference(order))


def reference(order: Order) -> str:
    """Return the words by which what an order made is known as ours."""
    return f"billhouse-{order.action_id}"


def notes(order: Order) -> str:
    """Return the customer notes of what an order makes; they are printed on it, so they are few words."""
    return f"Reference: {reference(order)}"


def is_ours(thing: Thing, order: Order) -> bool:
    """Say whether an invoice or subscription was made by this order."""
    return reference(order) in (thing.get("customer_notes") or "")


def path_of(kind: str, object_id: str, *rest: str) -> str:
    """Return a path such as /invoices/<id>/refund."""
    return "/".join(("", kind, quote(object_id, safe=""), *rest))


def money(value: Decimal | int, currency: str) -> Money:
    """Read an amount in Recurly's major units.

    Raises:
        MoneyError: it has more decimals than the currency, or the currency is unknown.
    """
    return Money.of(Decimal(value), currency)


def status_of(entity: str, raw_status: str) -> tuple[EffectStatus, str | None]:
    """Return how a transaction that exists stands, and what to say of it where its word is not known here."""
    try:
        word = status_map.status("recurly", entity, raw_status)
    except status_map.UnmappedStatus:
        # It exists; a word we do not know must not turn it into something that failed.
        return EffectStatus.PENDING, f"Recurly calls it {raw_status!r}"
    return _STATUS[word], None


def failure_of(transaction: Thing) -> str | None:
    """Return why a transaction failed, as a clause."""
    told = transaction.get("status_message") or transaction.get("status_code")
    return str(told).rstrip(".") if told else None


_STATUS = {
    "paid": EffectStatus.SUCCEEDED,
    "succeeded": EffectStatus.SUCCEEDED,
    "pending": EffectStatus.PENDING,
    "failed": EffectStatus.FAILED,
    "voided": EffectStatus.FAILED,
}
