"""Outbox: what must leave the house after something happened (a mail, a ticket note), at least once.

An entry is written in the transaction of the fact that it tells of; `topic` + `key` make it unique, and the
receiver's own identity for it (a Message-ID, a marker) makes a second delivery harmless.
"""

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, func, select
from sqlalchemy.dialects import postgresql, sqlite

from billing import clock
from billing.store.clocktext import now_text, to_text
from billing.store.tables import outbox

MAX_ATTEMPTS = 12
TICKET_NOTE = "ticket_note"  # written by actions, delivered by helpdesk_sync
REFUND_RECEIPT = "refund_receipt"  # written by actions, delivered by invoices
DOCUMENT_AGAIN = "document_again"  # written by actions, delivered by invoices


@dataclass(frozen=True, slots=True)
class Undelivered:
    """An entry that waits or has failed for good, whole; moments are as the store writes them."""

    id: int
    key: str
    payload: dict[str, Any]
    state: str
    attempts: int
    due_at: str
    created_at: str
    error: str | None


@dataclass(frozen=True, slots=True)
class Parcel:
    """One thing to deliver."""

    id: int
    topic: str
    key: str
    payload: dict[str, Any]
    attempts: int


def put(connection: Connection, topic: str, key: str, payload: dict[str, Any]) -> bool:
    """Add an entry within the caller's transaction; return False when topic + key was there already."""
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    now = now_text()
    statement = insert(outbox).values(
        topic=topic,
        key=key,
        payload=json.dumps(payload, sort_keys=True, ensure_ascii=False),
        state="pending",
        due_at=now,
        created_at=now,
    )
    kept = connection.execute(statement.on_conflict_do_nothing().returning(outbox.c.id))
    return kept.first() is not None  # a row count is not told by every driver


def pending(connection: Connection, topic: str, limit: int = 100) -> list[Parcel]:
    """Return what is due on a topic, oldest first."""
    query = (
        select(outbox.c.id, outbox.c.topic, outbox.c.key, outbox.c.payload, outbox.c.attempts)
        .where(outbox.c.topic == topic, outbox.c.state == "pending", outbox.c.due_at <= now_text())
        .order_by(outbox.c.id)
        .limit(limit)
    )
    return [
        Parcel(row.id, row.topic, row.key, json.loads(row.payload), row.attempts)
        for row in connection.execute(query)
    ]


def done(connection: Connection, parcel: Parcel) -> None:
    """Mark an entry as delivered."""
    connection.execute(
        outbox.update().where(outbox.c.id == parcel.id).values(state="done", done_at=now_text(), error=None)
    )


def failed(
    connection: Connection, parcel: Parcel, error: str, *, final: bool = False, is_outage: bool = False
) -> None:
    """Keep an entry for a later try (waits double, 5 s to an hour). `final`, or twelve: a person looks.

    An outage is waited out, however long: it is tried every hour, until it is over.
    """
    wait = timedelta(seconds=min(5 * 2 ** min(parcel.attempts, MAX_ATTEMPTS), 3600))
    over = final or (parcel.attempts + 1 >= MAX_ATTEMPTS and not is_outage)
    connection.execute(
        outbox.update()
        .where(outbox.c.id == parcel.id)
        .values(
            attempts=parcel.attempts + 1,
            error=error[:2000],
            due_at=to_text(clock.now() + wait),
            state="failed" if over else "pending",
        )
    )


def withdraw(connection: Connection, parcel: Parcel) -> None:
    """Take an entry out that is not to be delivered after all; its key may be put in again."""
    connection.execute(outbox.delete().where(outbox.c.id == parcel.id))


def standing(connection: Connection, state: str | None = None, limit: int = 200) -> list[dict[str, Any]]:
    """Return entries that were not delivered (or those of one state), newest first, without their payload."""
    columns = (outbox.c.id, outbox.c.topic, outbox.c.key, outbox.c.state, outbox.c.attempts, outbox.c.due_at,
               outbox.c.created_at, outbox.c.error)  # fmt: skip
    wanted = outbox.c.state == state if state else outbox.c.state != "done"
    query = select(*columns).where(wanted).order_by(outbox.c.id.desc()).limit(limit)
    return [dict(row) for row in connection.execute(query).mappings()]


def undelivered(connection: Connection, topic: str, limit: int = 200) -> list[Undelivered]:
    """Return what was not delivered on a topic, newest first."""
    columns = [outbox.c[name] for name in Undelivered.__slots__]
    query = select(*columns).where(outbox.c.topic == topic, outbox.c.state != "done")
    rows = connection.execute(query.order_by(outbox.c.id.desc()).limit(limit)).mappings()
    return [Undelivered(**{**row, "payload": json.loads(row["payload"])}) for row in rows]


def retry(connection: Connection, entry: int | None = None) -> int:
    """Give entries that failed for good a new set of tries, due now; return how many.

    One that is named by its id may still wait for its next try: it is due at once, too.
    """
    statement = outbox.update().where(outbox.c.state == "failed")
    if entry is not None:
        statement = outbox.update().where(outbox.c.state != "done", outbox.c.id == entry)
    return connection.execute(statement.values(state="pending", attempts=0, due_at=now_text())).rowcount


def counts(connection: Connection) -> dict[tuple[str, str], int]:
    """Return how many entries stand in each (topic, state)."""
    query = select(outbox.c.topic, outbox.c.state, func.count()).group_by(outbox.c.topic, outbox.c.state)
    return {(row[0], row[1]): row[2] for row in connection.execute(query).all()}
