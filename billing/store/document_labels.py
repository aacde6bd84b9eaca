"""The numbers of our own documents -> what they are about: a customer's reply names one, and seldom an id."""

import json
import re
from collections.abc import Callable, Collection, Sequence

from sqlalchemy import Connection, Engine, select

from billing.store.engine import transaction
from billing.store.tables import documents

_NUMBER = re.compile(r"[0-9]{1,9}")


def references(connection: Connection, labels: Collection[str]) -> list[str]:
    """Return the reference of the charge (or, where there is none, the object) of each document, oldest first.

    Labels are taken as our documents spell them: upper case. What names no document of ours is passed over.
    """
    # Series and number have an index, which the label has not; a longer number is none of a document.
    parts = [(label, *label.rpartition("-")[::2]) for label in labels]
    named = {(series, int(number)): label for label, series, number in parts if _NUMBER.fullmatch(number)}
    query = (
        select(documents.c.label, documents.c.object_ref, documents.c.snapshot)
        .where(documents.c.series.in_({series for series, _ in named}))
        .where(documents.c.number.in_({number for _, number in named}))
        .order_by(documents.c.id)
    )
    wanted = set(named.values())
    rows = connection.execute(query).all() if named else []
    return [
        json.loads(one.snapshot).get("charge_ref") or one.object_ref for one in rows if one.label in wanted
    ]


def reader(engine: Engine) -> Callable[[Sequence[str]], list[str]]:
    """Return `references` over a store of its own, as lookups take it."""

    def read(labels: Sequence[str]) -> list[str]:
        with transaction(engine) as connection:
            return references(connection, labels)

    return read
