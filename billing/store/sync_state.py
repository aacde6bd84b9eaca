"""What each helpdesk contact was last told: the hash of the rendered fields. Only changes are written."""

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, func, select

from billing.store.clocktext import now_text
from billing.store.tables import sync_state


def hashes(connection: Connection, helpdesk: str) -> dict[str, str]:
    """Return contact id -> content hash of what this helpdesk account holds."""
    query = select(sync_state.c.contact_id, sync_state.c.content_hash).where(
        sync_state.c.helpdesk == helpdesk
    )
    return {row.contact_id: row.content_hash for row in connection.execute(query)}


def contacts(connection: Connection, helpdesk: str) -> dict[str, tuple[str, str]]:
    """Return contact id -> (email_key, content hash) of what this helpdesk account holds."""
    query = select(sync_state.c.contact_id, sync_state.c.email_key, sync_state.c.content_hash).where(
        sync_state.c.helpdesk == helpdesk
    )
    return {row.contact_id: (row.email_key, row.content_hash) for row in connection.execute(query)}


def extent(connection: Connection, helpdesk: str) -> tuple[int, str | None]:
    """Return how many contacts of an account were written, and when the last of them was."""
    query = select(func.count(), func.max(sync_state.c.synced_at)).where(sync_state.c.helpdesk == helpdesk)
    row = connection.execute(query).one()
    return row[0], row[1]


def forget(connection: Connection, helpdesk: str, contact_ids: Iterable[str]) -> None:
    """Drop contacts that the helpdesk no longer has."""
    for contact_id in contact_ids:
        connection.execute(
            sync_state.delete().where(
                sync_state.c.helpdesk == helpdesk, sync_state.c.contact_id == contact_id
            )
        )


def remember(connection: Connection, helpdesk: str, written: Mapping[str, tuple[str, str]]) -> None:
    """Keep contact id -> (email_key, content hash) for contacts that the helpdesk confirmed."""
    now = now_text()
    for contact_id, (email_key, content_hash) in written.items():
        values = {"email_key": email_key, "content_hash": content_hash, "synced_at": now}
        known = connection.execute(
            sync_state.update()
            .where(sync_state.c.helpdesk == helpdesk, sync_state.c.contact_id == contact_id)
            .values(values)
        )
        if known.rowcount == 0:
            connection.execute(sync_state.insert().values(helpdesk=helpdesk, contact_id=contact_id, **values))
