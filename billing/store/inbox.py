"""Inbox: hints that an object changed at a gateway or a helpdesk (webhooks, our own actions), each kept once."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from billing import clock
from billing.store.clocktext import now_text, to_text
from billing.store.tables import inbox

MAX_ATTEMPTS = 12


@dataclass(frozen=True, slots=True)
class Hint:
    """One thing to read again: an object of an account, and the event that said so.

    `gateway` is the gateway's name or, for a ticket, the helpdesk's.
    """

    id: int
    gateway: str
    account: str
    event_id: str
    object_kind: str
    object_id: str
    attempts: int


def receive(
    connection: Connection,
    *,
    gateway: str,
    account: str,
    event_id: str,
    event_type: str,
    object_kind: str,
    object_id: str,
) -> bool:
    """Keep an event; return False when it was here already (a replay or a vendor's duplicate)."""
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    now = now_text()
    statement = insert(inbox).values(
        gateway=gateway,
        account=account,
        event_id=event_id,
        event_type=event_type,
        object_kind=object_kind,
        object_id=object_id,
        state="pending",
        due_at=now,
        received_at=now,
    )
    kept = connection.execute(statement.on_conflict_do_nothing().returning(inbox.c.id))
    return kept.first() is not None  # a row count is not told by every driver


def pending(connection: Connection, limit: int = 500, sources: Collection[str] | None = None) -> list[Hint]:
    """Return hints that are due, oldest first; with `sources`, those of these gateways or helpdesks alone."""
    columns = [inbox.c[name] for name in Hint.__slots__]
    query = (
        select(*columns)
        .where(inbox.c.state == "pending", inbox.c.due_at <= now_text())
        .order_by(inbox.c.id)
        .limit(limit)
    )
    if sources is not None:
        query = query.where(inbox.c.gateway.in_(sources))
    return [Hint(**row) for row in connection.execute(query).mappings()]


def done(connection: Connection, ids: Sequence[int], word: str | None = None) -> None:
    """Mark hints as read and merged; `word` says why one came to nothing for good."""
    connection.execute(
        inbox.update().where(inbox.c.id.in_(ids)).values(state="done", done_at=now_text(), error=word)
    )


def failed(connection: Connection, ids: Sequence[int], error: str, *, is_outage: bool = False) -> None:
    """Keep hints for a later try (waits double from 5 s to an hour); after twelve a person must look.

    An outage is waited out, however long: it is tried every hour, until it is over.
    """
    for row in connection.execute(select(inbox.c.id, inbox.c.attempts).where(inbox.c.id.in_(ids))).all():
        attempts = row.attempts + 1
        wait = timedelta(seconds=min(5 * 2 ** min(row.attempts, MAX_ATTEMPTS), 3600))
        connection.execute(
            inbox.update()
            .where(inbox.c.id == row.id)
            .values(
                attempts=attempts,
                error=error[:2000],
                due_at=to_text(clock.now() + wait),
                state="pending" if is_outage or attempts < MAX_ATTEMPTS else "failed",
            )
        )
