"""Braintree's kinds of objects: which raw table each fills, what is known of their times and their relations."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

import orjson

from gateways.braintree.xmljson import Json
from pipelines.raw import Row

TABLE_OF = {
    "transaction": "transactions",
    "customer": "customers",
    "subscription": "subscriptions",
    "dispute": "disputes",
    "plan": "plans",
}
SUMMARIES = "settlement_batch_summaries"
WHOLE = ("plans", "discounts", "add_ons", "merchant_accounts")
"""Small lists that are read whole each time."""
TABLES = (*TABLE_OF.values(), "discounts", "add_ons", "merchant_accounts", SUMMARIES)

# States that a transaction leaves again. Some of what follows them has no time to search by.
UNFINISHED = (
    "authorizing",
    "authorized",
    "submitted_for_settlement",
    "settling",
    "settlement_pending",
    "settlement_confirmed",
)
UNDECIDED = ("open", "disputed", "under_review")
"""States that a dispute leaves again."""


def to_row(thing: Json) -> Row:
    """Make a row of an object; its JSON is what Braintree sent, with the order of its elements."""
    return Row(str(thing["id"]), moment(thing.get("created-at")), orjson.dumps(thing).decode())


def moment(text: str | None) -> int | None:
    """Read "2026-11-23T18:00:00Z" as Unix seconds."""
    if not text:
        return None
    return int(datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(UTC).timestamp())


def newest(transactions: Iterable[Json]) -> int:
    """Return the latest moment (Unix seconds) at which one of these is known to have changed; 0 for none."""
    return max((at for thing in transactions for at in _moments(thing)), default=0)


def settlement_day(transaction: Json) -> str | None:
    """Return the day, "2026-11-23", in whose batch a transaction settled: a batch's id begins with it."""
    batch = transaction.get("settlement-batch-id")
    return batch[:10] if batch and transaction["status"] == "settled" else None


def related(kind: str, thing: Json) -> Iterator[tuple[str, str]]:
    """Yield (kind, id) of the objects that change along with this one."""
    if kind == "transaction":
        if thing.get("refunded-transaction-id"):
            yield "transaction", thing["refunded-transaction-id"]
        if thing.get("subscription-id"):
            yield "subscription", thing["subscription-id"]
        for dispute in thing.get("disputes") or ():
            yield "dispute", dispute["id"]
    elif kind == "dispute" and (thing.get("transaction") or {}).get("id"):
        yield "transaction", thing["transaction"]["id"]
    elif kind == "subscription":
        for sale in thing.get("transactions") or ():
            yield "transaction", sale["id"]


def _moments(thing: dict[str, Any]) -> Iterator[int]:
    for text in (
        thing.get("created-at"),
        *(event["timestamp"] for event in thing.get("status-history") or ()),
    ):
        if (at := moment(text)) is not None:
            yield at
