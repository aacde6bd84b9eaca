"""What agents say about who is who: `link` two customers, `unlink` them, take either back with `undo`.

Nothing is merged here: rows say what was said, and the models group by them. For a pair the newest statement that
was not undone counts; an unlink wins over a shared e-mail address. Each act stands in the audit log as well.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, and_, or_, select

from billing.errors import NotAllowed, NotFound
from billing.ids import GatewayRef
from billing.store import audit
from billing.store.audit import Actor, Entry
from billing.store.clocktext import now_text
from billing.store.tables import person_links


class Kind(StrEnum):
    """What an agent says about two customers."""

    LINK = "link"
    UNLINK = "unlink"


@dataclass(frozen=True, slots=True)
class Statement:
    """One row: customers `a` and `b` are one person, or `b` is somebody else than `a`."""

    id: int
    kind: Kind
    a: str
    b: str
    actor: str
    reason: str
    created_at: str
    undone_at: str | None

    def other(self, customer_ref: str) -> str:
        """Return the pair's other customer."""
        return self.b if customer_ref == self.a else self.a


def link(connection: Connection, a: GatewayRef, b: GatewayRef, reason: str, actor: Actor) -> Statement:
    """Say that two customers are one person; said already, it is not said again.

    Raises:
        NotAllowed: a customer cannot be linked with itself, or the reason is missing.
    """
    return _say(connection, Kind.LINK, a, b, reason, actor)


def unlink(connection: Connection, a: GatewayRef, b: GatewayRef, reason: str, actor: Actor) -> Statement:
    """Say that `b` is somebody else than `a`, whatever their e-mail addresses; `b` leaves the person.

    Raises:
        NotAllowed: a customer cannot be unlinked from itself, or the reason is missing.
    """
    return _say(connection, Kind.UNLINK, a, b, reason, actor)


def undo(connection: Connection, statement_id: int, reason: str, actor: Actor) -> Statement:
    """Take a statement back: whatever was so before it is so again.

    Raises:
        NotFound: there is no such statement, or it was undone before.
        NotAllowed: the reason is missing.
    """
    words = _reason(reason)
    done = connection.execute(
        person_links.update()
        .where(person_links.c.id == statement_id, person_links.c.undone_at.is_(None))
        .values(undone_at=now_text())
    )
    if done.rowcount != 1:
        raise NotFound(f"There is no link or unlink {statement_id} that stands.")
    statement = _found(connection, statement_id)
    _record(connection, f"customer.{statement.kind}.undone", statement, words, actor)
    return statement


def standing(connection: Connection, a: GatewayRef, b: GatewayRef) -> Statement | None:
    """Return what counts about a pair, in either order, or None."""
    rows = person_links.c
    pair = or_(
        and_(rows.customer_ref_a == str(a), rows.customer_ref_b == str(b)),
        and_(rows.customer_ref_a == str(b), rows.customer_ref_b == str(a)),
    )
    query = select(person_links).where(pair, rows.undone_at.is_(None)).order_by(rows.id.desc()).limit(1)
    return next((_statement(row) for row in connection.execute(query).mappings()), None)


def statements(connection: Connection, customer_ref: str | None = None) -> list[Statement]:
    """Return what counts, newest first: for each pair its newest statement that was not undone.

    Args:
        connection: of the store.
        customer_ref: only what was said about this customer.
    """
    rows = person_links.c
    query = select(person_links).where(rows.undone_at.is_(None)).order_by(rows.id.desc())
    if customer_ref:
        query = query.where(or_(rows.customer_ref_a == customer_ref, rows.customer_ref_b == customer_ref))
    newest: dict[frozenset[str], Statement] = {}
    for row in connection.execute(query).mappings():
        newest.setdefault(frozenset((row["customer_ref_a"], row["customer_ref_b"])), _statement(row))
    return list(newest.values())


def _say(
    connection: Connection, kind: Kind, a: GatewayRef, b: GatewayRef, reason: str, actor: Actor
) -> Statement:
    if a == b:
        raise NotAllowed(f"{a} is one customer. Name two.")
    words = _reason(reason)
    before = standing(connection, a, b)
    if before is not None and before.kind is kind and (kind is Kind.LINK or before.b == str(b)):
        return before
    made = connection.execute(
        person_links.insert().values(
            kind=kind.value,
            customer_ref_a=str(a),
            customer_ref_b=str(b),
            actor=actor.name,
            reason=words,
            created_at=now_text(),
        )
    )
    statement = _found(connection, int(made.inserted_primary_key[0]))  # type: ignore[index]
    _record(connection, f"customer.{kind}ed", statement, words, actor)
    return statement


def _reason(reason: str) -> str:
    if not reason.strip():
        raise NotAllowed("Who is who needs a reason. Nothing was changed.")
    return reason.strip()


def _found(connection: Connection, statement_id: int) -> Statement:
    query = select(person_links).where(person_links.c.id == statement_id)
    return _statement(connection.execute(query).mappings().one())


def _record(connection: Connection, type_: str, statement: Statement, reason: str, actor: Actor) -> None:
    data = {"other_ref": statement.b, "statement": statement.id}
    audit.record(connection, Entry(type=type_, actor=actor, object_ref=statement.a, reason=reason, data=data))


def _statement(row: Any) -> Statement:
    return Statement(
        id=row["id"],
        kind=Kind(row["kind"]),
        a=row["customer_ref_a"],
        b=row["customer_ref_b"],
        actor=row["actor"],
        reason=row["reason"],
        created_at=row["created_at"],
        undone_at=row["undone_at"],
    )
