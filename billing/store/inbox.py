"""Inbox: hints that an object changed at a gateway or a helpdesk (webhooks, our own actions), each kept once."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

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


def standing(
    connection: Connection,
    state: str | None = None,
    limit: int = 200,
    sources: Collection[str] | None = None,
) -> list[dict[str, Any]]:
    """Return hints that are not done (or those of one state), newest first; with `sources`, of these alone."""
    columns = (inbox.c.id, inbox.c.gateway, inbox.c.account, inbox.c.event_type, inbox.c.object_kind,
               inbox.c.object_id, inbox.c.state, inbox.c.attempts, inbox.c.due_at, inbox.c.received_at,
               inbox.c.error)  # fmt: skip
    wanted = inbox.c.state == state if state else inbox.c.state != "done"
    query = select(*columns).where(wanted).order_by(inbox.c.id.desc()).limit(limit)
    if sources is not None:
        query = query.where(inbox.c.gateway.in_(sources))
    return [dict(row) for row in connection.execute(query).mappings()]


def retry(connection: Connection, entry: int | None = None) -> int:
    """Give hints that failed for good a new set of tries, due now; return how many.

    One that is named by its id may still wait for its next try: it is due at once, too.
    """
    statement = inbox.update().where(inbox.c.state == "failed")
    if entry is not None:
        statement = inbox.update().where(inbox.c.state != "done", inbox.c.id == entry)
    return connection.execute(statement.values(state="pending", attempts=0, due_at=now_text())).rowcount
