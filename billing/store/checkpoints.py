"""Checkpoints: small named facts that must outlive a process, such as the day of the first run."""

from sqlalchemy import Connection, select

from billing.store.clocktext import now_text
from billing.store.tables import checkpoints


def get(connection: Connection, name: str) -> str | None:
    """Return the value of a checkpoint, or None."""
    return connection.execute(
        select(checkpoints.c.value).where(checkpoints.c.name == name)
    ).scalar_one_or_none()


def put(connection: Connection, name: str, value: str) -> None:
    """Set a checkpoint."""
    known = connection.execute(
        checkpoints.update().where(checkpoints.c.name == name).values(value=value, updated_at=now_text())
    )
    if known.rowcount == 0:
        connection.execute(checkpoints.insert().values(name=name, value=value, updated_at=now_text()))


def put_first(connection: Connection, name: str, value: str) -> str:
    """Set a checkpoint unless it is set; return what stands there then."""
    found = get(connection, name)
    if found is None:
        put(connection, name, value)
        return value
    return found
