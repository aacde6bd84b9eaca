"""What the warm worker did, so that Dagster can show it and alarm when it stops."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from billing.store import checkpoints
from billing.store.clocktext import from_text, now_text
from billing.store.tables import worker_runs

BEAT = "worker.beat"


def beat(connection: Connection) -> None:
    """Say that the worker is alive."""
    checkpoints.put(connection, BEAT, now_text())


def last_beat(connection: Connection) -> datetime | None:
    """Return when the worker last said that it is alive; None when it never ran."""
    found = checkpoints.get(connection, BEAT)
    return from_text(found) if found else None


def record(
    connection: Connection,
    *,
    started_at: str,
    milliseconds: int,
    events: int,
    rows_changed: int,
    snapshot: str | None,
    error: str | None = None,
) -> None:
    """Keep one run: how many hints it took, how many raw rows changed, which copy it published."""
    connection.execute(
        worker_runs.insert().values(
            started_at=started_at,
            milliseconds=milliseconds,
            events=events,
            rows_changed=rows_changed,
            snapshot=snapshot,
            error=error,
        )
    )


def since(connection: Connection, last_id: int, limit: int = 50) -> list[dict[str, Any]]:
    """Return the runs after `last_id`, oldest first."""
    query = select(worker_runs).where(worker_runs.c.id > last_id).order_by(worker_runs.c.id).limit(limit)
    return [dict(row) for row in connection.execute(query).mappings()]
