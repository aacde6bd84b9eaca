"""The numbers of our own documents -> what they are about: a customer's reply names one, and seldom an id."""

import json
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, select

from billing.money import Money
from billing.store.clocktext import from_text
from billing.store.engine import transaction
from billing.store.tables import documents

_NUMBER = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class NamedDocument:
    """What is told of a document by its number; `reference` is its charge's or, where it has none, its object's."""

    label: str
    kind: str
    total: Money
    issued_at: datetime
    reference: str


def references(connection: Connection, labels: Collection[str]) -> list[str]:
    """Return the references of the documents that `named` finds."""
    return [one.reference for one in named(connection, labels)]


def named(connection: Connection, labels: Collection[str]) -> list[NamedDocument]:
    """Return the documents that have these numbers, oldest first.

    Labels are taken as our documents spell them: upper case. What names no document of ours is passed over.
    """
    # Series and number have an index, which the label has not; a longer number is none of a document.
    parts = [(label, *label.rpartition("-")[::2]) for label in labels]
    known = {(series, int(number)): label for label, series, number in parts if _NUMBER.fullmatch(number)}
    query = (
        select(documents)
        .where(documents.c.series.in_({series for series, _ in known}))
        .where(documents.c.number.in_({number for _, number in known}))
        .order_by(documents.c.id)
    )
    wanted = set(known.values())
    rows = connection.execute(query).all() if known else []
    return [
        NamedDocument(
            label=row.label,
            kind=row.kind,
            total=Money(row.total_minor, row.currency),
            issued_at=from_text(row.issued_at),
            reference=json.loads(row.snapshot).get("charge_ref") or row.object_ref,
        )
        for row in rows
        if row.label in wanted
    ]


def reader(engine: Engine) -> Callable[[Sequence[str]], list[str]]:
    """Return `references` over a store of its own, as lookups take it."""

    def read(labels: Sequence[str]) -> list[str]:
        with transaction(engine) as connection:
            return references(connection, labels)

    return read
