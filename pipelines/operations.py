"""Copies the operational store into raw_operations, so that analysts query actions and documents like the rest.

Only what was touched since the last copy is read and merged. The store stays the truth; nothing reads it from here
to decide anything.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain
from typing import Any

import dlt
import pyarrow as pa
from dlt.extract import DltResource
from sqlalchemy import Engine, Integer, Table, or_, select

from billing import clock
from billing.settings import Settings
from billing.store import tables, transaction
from billing.store.clocktext import to_text
from pipelines import destination
from pipelines.report import LoadReport, Mode

_NAME = "operations"
SCHEMA = f"raw_{_NAME}"
_OVERLAP = timedelta(minutes=10)  # a row is dated before it is committed
_PAGE = 5000


@dataclass(frozen=True, slots=True)
class _Copied:
    """A table of the store: its key, and the columns that hold when a row was made or changed.

    A row that waits for its next try is due later than now, so `due_at` catches a changed attempt.
    """

    table: Table
    key: str
    touched: tuple[str, ...]


_COPIED = (
    _Copied(tables.audit_log, "seq", ("occurred_at",)),
    _Copied(tables.action_requests, "action_id", ("requested_at", "settled_at")),
    _Copied(tables.documents, "id", ("issued_at",)),
    _Copied(tables.outbox, "id", ("created_at", "done_at", "due_at")),
    _Copied(tables.inbox, "id", ("received_at", "done_at", "due_at")),
    _Copied(tables.person_links, "id", ("created_at", "undone_at")),
)


def copy_store(settings: Settings, engine: Engine) -> LoadReport:
    """Copy what was touched in the store since the last copy. The caller holds the writer lock.

    Raises:
        Transient: the warehouse could not be written; the next copy begins where this one did.
    """
    begun = clock.now()
    report = LoadReport(_NAME, _NAME, Mode.CHANGES, to_text(begun))
    with destination.open_pipeline(settings, _NAME) as pipeline:
        since = destination.state(pipeline, _NAME).get("copied_to", "")
        until = to_text(begun - _OVERLAP)
        there = destination.tables(pipeline)
        resources = []
        for copied in _COPIED:
            pages = _touched(engine, copied, since)
            head = next(pages, None)
            if head is not None or copied.table.name not in there:
                found = chain([head] if head else [], pages)
                resources.append(_resource(copied.table, copied.key, found, until, report))
        if resources:
            destination.run(pipeline, _NAME, resources)
    report.seconds = (clock.now() - begun).total_seconds()
    return report


def newest(table: str) -> str:
    """Return an SQL expression over a copied table, as text: another once rows were added or touched."""
    touched = next(copied.touched for copied in _COPIED if copied.table.name == table)
    return "cast(count(*) as varchar)" + "".join(
        f" || coalesce(' ' || max({name}), ' -')" for name in touched
    )


def _resource(
    table: Table, key: str, found: Iterable[list[dict[str, Any]]], until: str, report: LoadReport
) -> DltResource:
    schema = _schema(table)

    def pages() -> Iterator[pa.Table]:
        yield schema.empty_table()
        for rows in found:
            counts = report.table(table.name)
            counts.rows_fetched += len(rows)
            counts.rows_changed += len(rows)
            yield pa.Table.from_pylist(rows, schema=schema)
        dlt.current.source_state()["copied_to"] = until

    return dlt.resource(pages, name=table.name, write_disposition="merge", primary_key=key)


def _touched(engine: Engine, copied: _Copied, since: str) -> Iterator[list[dict[str, Any]]]:
    """Read the rows touched since a moment in pages by key, each in a short transaction of its own."""
    key = copied.table.c[copied.key]
    recent = or_(*(copied.table.c[name] >= since for name in copied.touched))
    query = select(copied.table).where(recent).order_by(key).limit(_PAGE)
    last: Any = None
    while True:
        page = query if last is None else query.where(key > last)
        with transaction(engine) as connection:
            rows = [dict(row) for row in connection.execute(page).mappings()]
        if rows:
            yield rows
        if len(rows) < _PAGE:
            return
        last = rows[-1][copied.key]


def _schema(table: Table) -> pa.Schema:
    return pa.schema(
        pa.field(
            column.name,
            pa.int64() if isinstance(column.type, Integer) else pa.string(),
            nullable=bool(column.nullable),
        )
        for column in table.columns
    )
