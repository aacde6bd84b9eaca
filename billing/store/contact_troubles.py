"""Contacts that a helpdesk did not take, with its last reason, until it takes them or they are gone."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from billing.store.clocktext import now_text
from billing.store.tables import contact_troubles

_LONGEST = 2000


@dataclass(frozen=True, slots=True)
class Trouble:
    """A contact that could not be written: since when, when that was tried last, and why it failed then."""

    helpdesk: str
    contact_id: str
    email_key: str
    problem: str
    attempts: int
    since: str
    tried_at: str


def note(connection: Connection, helpdesk: str, troubles: Mapping[str, tuple[str, str]]) -> None:
    """Keep contact id -> (email_key, reason) for contacts that were not taken."""
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    now = now_text()
    for contact_id, (email_key, problem) in troubles.items():
        said = {"email_key": email_key, "problem": problem[:_LONGEST], "tried_at": now}
        statement = insert(contact_troubles).values(
            helpdesk=helpdesk, contact_id=contact_id, attempts=1, since=now, **said
        )
        connection.execute(
            statement.on_conflict_do_update(
                index_elements=["helpdesk", "contact_id"],
                set_={**said, "attempts": contact_troubles.c.attempts + 1},
            )
        )


def clear(connection: Connection, helpdesk: str, contact_ids: Iterable[str]) -> None:
    """Drop contacts that were taken now."""
    for contact_id in contact_ids:
        connection.execute(
            contact_troubles.delete().where(
                contact_troubles.c.helpdesk == helpdesk, contact_troubles.c.contact_id == contact_id
            )
        )


def keep_only(connection: Connection, helpdesk: str, contact_ids: Collection[str]) -> None:
    """Drop contacts that are not among these any more: there is nothing left to write to them."""
    clear(connection, helpdesk, [one for one in ids(connection, helpdesk) if one not in contact_ids])


def ids(connection: Connection, helpdesk: str) -> set[str]:
    """Return the contacts of an account that are in trouble."""
    query = select(contact_troubles.c.contact_id).where(contact_troubles.c.helpdesk == helpdesk)
    return set(connection.execute(query).scalars())


def standing(connection: Connection, limit: int = 200) -> list[Trouble]:
    """Return the contacts in trouble at all helpdesks, the one that was tried last first."""
    columns = [contact_troubles.c[name] for name in Trouble.__slots__]
    query = select(*columns).order_by(contact_troubles.c.tried_at.desc(), contact_troubles.c.contact_id)
    return [Trouble(**row) for row in connection.execute(query.limit(limit)).mappings()]


def find(connection: Connection, helpdesk: str, contact_id: str) -> Trouble | None:
    """Return what is known of a contact's trouble; None where it has none."""
    columns = [contact_troubles.c[name] for name in Trouble.__slots__]
    query = select(*columns).where(
        contact_troubles.c.helpdesk == helpdesk, contact_troubles.c.contact_id == contact_id
    )
    row = connection.execute(query).mappings().first()
    return Trouble(**row) if row else None
