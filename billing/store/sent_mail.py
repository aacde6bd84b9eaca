"""Mails that left, and those that did not arrive: what answers thread to, and which addresses are no more."""

import re
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from billing.ids import email_key
from billing.store.clocktext import now_text
from billing.store.tables import mail_bounces, mail_sent

_LONGEST = 2000
_GONE = re.compile(r"5\.1\.[1236]|5\.2\.1|5(?:50|51|53)")
"""No such mailbox or domain, moved, disabled (RFC 3463); or the bare SMTP codes that say the same (RFC 5321)."""


@dataclass(frozen=True, slots=True)
class Sent:
    """One mail that left; `label` is its document's number, `topic` the outbox's."""

    message_id: str
    topic: str
    object_ref: str
    label: str | None
    email_key: str


@dataclass(frozen=True, slots=True)
class Bounce:
    """One mail that did not arrive. `status` is the enhanced code ("5.1.1") or, without one, SMTP's ("550")."""

    message_id: str
    email_key: str
    label: str | None
    status: str
    reason: str
    is_gone: bool
    happened_at: str


def note(connection: Connection, sent: Sent) -> None:
    """Remember a mail; one that is sent again under its Message-ID is the same."""
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    row = {name: getattr(sent, name) for name in Sent.__slots__}
    connection.execute(insert(mail_sent).values(**row, sent_at=now_text()).on_conflict_do_nothing())


def find(connection: Connection, message_id: str) -> Sent | None:
    """Return the mail with this Message-ID, angle brackets included."""
    return _first(connection, mail_sent.c.message_id == message_id)


def of_document(connection: Connection, label: str) -> Sent | None:
    """Return the first mail that brought a document."""
    return _first(connection, mail_sent.c.label == label)


def about(connection: Connection, object_ref: str) -> Sent | None:
    """Return the first mail about an object: what all later ones on it answer to."""
    return _first(connection, mail_sent.c.object_ref == object_ref)


def _first(connection: Connection, condition: ColumnElement[bool]) -> Sent | None:
    columns = [mail_sent.c[name] for name in Sent.__slots__]
    query = select(*columns).where(condition).order_by(mail_sent.c.sent_at).limit(1)
    row = connection.execute(query).mappings().first()
    return Sent(**row) if row else None


def bounced(
    connection: Connection, message_id: str, email: str, label: str | None, status: str, reason: str
) -> Bounce:
    """Note that a mail did not arrive; the same report a second time changes nothing."""
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    is_gone = _GONE.fullmatch(status) is not None
    bounce = Bounce(message_id, email_key(email), label, status, reason[:_LONGEST], is_gone, now_text())
    row = {name: getattr(bounce, name) for name in Bounce.__slots__} | {"is_gone": int(is_gone)}
    connection.execute(insert(mail_bounces).values(**row).on_conflict_do_nothing())
    return bounce


def gone(connection: Connection, email: str) -> Bounce | None:
    """Return the last report that an address takes no mail any more; None for all that may be written to."""
    condition = (mail_bounces.c.email_key == email_key(email)) & (mail_bounces.c.is_gone == 1)
    found = _bounces(connection, condition, 1)
    return found[0] if found else None


def bounces(connection: Connection, limit: int = 200) -> list[Bounce]:
    """Return what did not arrive, the last first."""
    return _bounces(connection, None, limit)


def forgive(connection: Connection, email: str) -> int:
    """Take an address as a good one again, because somebody knows better; return how many reports are dropped."""
    statement = mail_bounces.delete().where(mail_bounces.c.email_key == email_key(email))
    return connection.execute(statement).rowcount


def _bounces(connection: Connection, condition: ColumnElement[bool] | None, limit: int) -> list[Bounce]:
    query = select(*(mail_bounces.c[name] for name in Bounce.__slots__))
    if condition is not None:
        query = query.where(condition)
    rows = connection.execute(query.order_by(mail_bounces.c.id.desc()).limit(limit)).mappings()
    return [Bounce(**{**row, "is_gone": bool(row["is_gone"])}) for row in rows]
