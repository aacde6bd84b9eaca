"""The register of issued documents, for people: what was issued and why, how its mail stands, series without a gap.

Reads the store alone and changes nothing. Amounts are whole minor units of the document's currency.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    Engine,
    FromClause,
    Select,
    String,
    and_,
    case,
    cast,
    exists,
    func,
    or_,
    select,
    type_coerce,
)

from billing.errors import NotFound
from billing.money import Money
from billing.store import transaction
from billing.store.outbox import DOCUMENT_AGAIN
from billing.store.tables import document_series, documents, mail_bounces, mail_sent, outbox
from invoices.issue import TOPIC
from invoices.snapshot import Issued, Kind

MOST = 200
_MOST_NAMED = 5


class State(StrEnum):
    """How a document stands."""

    MAILED = "mailed"
    WAITING = "waiting"
    REFUSED = "refused"
    """Its mail was refused or given up, or came back."""
    INVALID = "invalid"
    """It breaks a rule of EN 16931, or cannot be printed, and is held back."""
    NOT_MAILED = "not mailed"
    """There is no mail of it."""


_NEWEST = select(func.max(mail_bounces.c.id).label("id")).group_by(mail_bounces.c.label).subquery()
# Sent again, to a better address perhaps: what came of the first mail is of no interest any more.
_SENT_SINCE = exists().where(
    mail_sent.c.label == mail_bounces.c.label, mail_sent.c.sent_at > mail_bounces.c.happened_at
)
_SENT_AGAIN = exists().where(mail_sent.c.label == documents.c.label, mail_sent.c.topic == DOCUMENT_AGAIN)
_BOUNCES = mail_bounces.join(_NEWEST, and_(mail_bounces.c.id == _NEWEST.c.id, ~_SENT_SINCE))
_BOUNCE = select(mail_bounces.c.label, mail_bounces.c.reason).select_from(_BOUNCES).subquery()
_state = case(
    (documents.c.problem.is_not(None), State.INVALID.value),
    (_BOUNCE.c.reason.is_not(None), State.REFUSED.value),
    (or_(outbox.c.state == "done", _SENT_AGAIN), State.MAILED.value),
    (outbox.c.state == "pending", State.WAITING.value),
    (outbox.c.state == "failed", State.REFUSED.value),
    else_=State.NOT_MAILED.value,
).label("state")
_PROBLEM = func.coalesce(
    documents.c.problem, _BOUNCE.c.reason, case((~_SENT_AGAIN, outbox.c.error), else_=None)
).label("problem")
_LETTERS: FromClause = documents.outerjoin(
    outbox, and_(outbox.c.topic == TOPIC, outbox.c.key == cast(documents.c.id, String))
).outerjoin(_BOUNCE, _BOUNCE.c.label == documents.c.label)
_ROWS = select(documents.c.id, documents.c.snapshot, _state, _PROBLEM).select_from(_LETTERS)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which documents: all of them, narrowed by whatever is given. `since` is a UTC day of issue."""

    kind: Kind | None = None
    entity: str | None = None
    state: State | None = None
    since: date | None = None


ALL = Wanted()


@dataclass(frozen=True, slots=True)
class Entry:
    """One document with its letter's state. `problem` is why it is held back, or its mail waits or was refused."""

    id: int
    issued: Issued
    state: State
    problem: str | None

    @property
    def amount(self) -> Money:
        """Return what was paid or given back; of a payment request, what is asked for."""
        return Money(self.issued.sum_minor, self.issued.currency)

    def as_row(self) -> dict[str, Any]:
        """Return the entry as plain values, amounts in minor units."""
        one = self.issued
        return {
            "id": self.id,
            "label": one.label,
            "kind": one.kind.value,
            "entity": one.seller.entity,
            "issued_at": one.issued_at,
            "customer": one.buyer.name or one.buyer.email,
            "email": one.buyer.email,
            "amount_minor": self.amount.minor,
            "currency": one.currency,
            "state": self.state.value,
            "problem": self.problem,
            "why": one.why,
            "corrects_label": one.corrects_label,
            "charge_ref": one.charge_ref or one.object_ref,
        }


@dataclass(frozen=True, slots=True)
class Series:
    """A series of numbers: its first and last, how many documents bear them, and what is wrong with it in words."""

    name: str
    first: int | None
    last: int
    issued: int
    fault: str | None


def entries(
    engine: Engine, wanted: Wanted = ALL, limit: int = MOST, before: int | None = None
) -> list[Entry]:
    """Return documents, the newest first, at most `limit`; with `before`, those older than this id."""
    query = _narrowed(engine, _ROWS, wanted).order_by(documents.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(documents.c.id < before)
    with transaction(engine) as connection:
        return [_entry(row) for row in connection.execute(query)]


def about(engine: Engine, refs: Collection[str]) -> list[Entry]:
    """Return the documents that were issued for these charges, refunds and invoices, the newest first."""
    query = _ROWS.where(documents.c.object_ref.in_(refs)).order_by(documents.c.id.desc()).limit(MOST)
    with transaction(engine) as connection:
        return [_entry(row) for row in connection.execute(query)]


def walk(engine: Engine, wanted: Wanted = ALL) -> Iterator[Entry]:
    """Walk all documents, the newest first, however many there are."""
    before: int | None = None
    while page := entries(engine, wanted, MOST, before):
        yield from page
        before = page[-1].id


def counts(engine: Engine, wanted: Wanted = ALL) -> dict[State, int]:
    """Return how many documents stand in each state."""
    rows = _narrowed(engine, _ROWS, wanted).subquery()
    query = select(rows.c.state, func.count()).group_by(rows.c.state)
    with transaction(engine) as connection:
        found = connection.execute(query).all()
    return {State(row[0]): row[1] for row in found}


def named(engine: Engine, label: str) -> Entry:
    """Return one document by its number, however it is capitalised.

    Raises:
        NotFound: no document has it.
    """
    with transaction(engine) as connection:
        row = connection.execute(_ROWS.where(documents.c.label.in_({label, label.upper()}))).first()
    if row is None:
        raise NotFound(f"No document {label}. `billhouse documents list` shows what was issued.")
    return _entry(row)


def series(engine: Engine) -> list[Series]:
    """Return every series by name, each proven to have all numbers from 1 to its last, once."""
    query = (
        select(
            document_series.c.series,
            document_series.c.last_number,
            func.min(documents.c.number).label("first"),
            func.max(documents.c.number).label("highest"),
            func.count(documents.c.id).label("issued"),
        )
        .select_from(document_series.outerjoin(documents, documents.c.series == document_series.c.series))
        .group_by(document_series.c.series, document_series.c.last_number)
        .order_by(document_series.c.series)
    )
    with transaction(engine) as connection:
        rows = connection.execute(query).all()
    return [
        Series(
            row.series,
            row.first,
            row.last_number,
            row.issued,
            _fault(engine, row.series, row.last_number, row.highest, row.issued),
        )
        for row in rows
    ]


def _fault(engine: Engine, name: str, last: int, highest: int | None, issued: int) -> str | None:
    """Say which numbers are missing; the store itself lets none be there twice."""
    if (highest or 0) > last:
        return f"number {highest} is beyond the last one that the series knows"
    if issued == last:
        return None
    query = select(documents.c.number).where(documents.c.series == name)
    with transaction(engine) as connection:
        there = {row[0] for row in connection.execute(query)}
    missing = [number for number in range(1, last + 1) if number not in there]
    more = f" and {len(missing) - _MOST_NAMED} more" if len(missing) > _MOST_NAMED else ""
    return f"missing {', '.join(str(number) for number in missing[:_MOST_NAMED])}{more}"


def _narrowed(engine: Engine, query: Select[Any], wanted: Wanted) -> Select[Any]:
    if wanted.kind:
        query = query.where(documents.c.kind == wanted.kind)
    if wanted.since:
        query = query.where(documents.c.issued_at >= wanted.since.isoformat())
    if wanted.state:
        query = query.where(_state == wanted.state.value)
    if wanted.entity:
        # PostgreSQL keeps the snapshot as text, which has to be made JSON; SQLite's functions take it as it is.
        make = cast if engine.dialect.name == "postgresql" else type_coerce
        entity = make(documents.c.snapshot, JSON)["seller", "entity"].as_string()
        query = query.where(func.coalesce(entity, "company") == wanted.entity)
    return query


def _entry(row: Any) -> Entry:
    return Entry(row.id, Issued.model_validate_json(row.snapshot), State(row.state), row.problem)
