"""The shape of every raw table: one row per object of a gateway, the object itself verbatim in `data`.

Rows become Arrow tables and are merged on (account, id); of two versions in one load the later fetched wins.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import dlt
import orjson
import pyarrow as pa
from dlt.common.schema.typing import TTableSchemaColumns
from dlt.extract import DltResource

from billing import clock

SCHEMA = pa.schema(
    [
        pa.field("account", pa.string(), nullable=False),
        pa.field("id", pa.string(), nullable=False),
        pa.field("created_at", pa.timestamp("us")),
        pa.field("fetched_at", pa.timestamp("us"), nullable=False),
        pa.field("api_version", pa.string(), nullable=False),
        pa.field("is_deleted", pa.bool_(), nullable=False),
        pa.field("batch_id", pa.string(), nullable=False),
        pa.field("data", pa.string(), nullable=False),
    ]
)
# PostgreSQL makes "with time zone" of these unless told that they are naive UTC.
_COLUMNS: TTableSchemaColumns = {
    "created_at": {"data_type": "timestamp", "timezone": False},
    "fetched_at": {"data_type": "timestamp", "timezone": False, "nullable": False, "dedup_sort": "desc"},
}
_CONTRACT: Any = {"tables": "evolve", "columns": "freeze", "data_type": "freeze"}

Rows = tuple[str, list["Row"]]
"""A raw table's name and some rows for it."""


@dataclass(slots=True)
class Row:
    """One object as it was read. `data` is its JSON; None says "deleted, keep what was last known of it"."""

    id: str
    created: int | None
    data: str | None
    is_deleted: bool = False
    fetched_at: datetime = field(default_factory=lambda: clock.naive(clock.now()))

    @classmethod
    def of(cls, thing: dict[str, Any], *, is_deleted: bool = False) -> "Row":
        """Make a row of a parsed object with `id` and, in Unix seconds, `created`."""
        return cls(thing["id"], thing.get("created"), orjson.dumps(thing).decode(), is_deleted)

    @property
    def digest(self) -> str:
        """The MD5 of `data`, as the databases' own md5() gives it; it finds equal rows and guards nothing."""
        return hashlib.md5((self.data or "").encode(), usedforsecurity=False).hexdigest()


@dataclass(frozen=True, slots=True)
class Batch:
    """What the rows of one load have in common."""

    id: str
    account: str
    api_version: str

    @classmethod
    def after(cls, previous: str | None, account: str, api_version: str) -> "Batch":
        """Begin a batch whose id sorts after the previous one, even where the clock was put back.

        Staging reads only batches later than those it has, so an id must never fall behind.
        """
        begun = clock.naive(clock.now())
        if previous is not None:
            begun = max(begun, datetime.strptime(previous, _BATCH_FORMAT) + timedelta(microseconds=1))  # noqa: DTZ007 - naive UTC
        return cls(begun.strftime(_BATCH_FORMAT), account, api_version)

    def to_arrow(self, rows: Sequence[Row]) -> pa.Table:
        """Turn rows into an Arrow table of `SCHEMA`."""
        count = len(rows)
        return pa.Table.from_arrays(
            [
                pa.array([self.account] * count, pa.string()),
                pa.array([row.id for row in rows], pa.string()),
                pa.array([row.created for row in rows], pa.timestamp("s")).cast(pa.timestamp("us")),
                pa.array([row.fetched_at for row in rows], pa.timestamp("us")),
                pa.array([self.api_version] * count, pa.string()),
                pa.array([row.is_deleted for row in rows], pa.bool_()),
                pa.array([self.id] * count, pa.string()),
                pa.array([row.data for row in rows], pa.string()),
            ],
            schema=SCHEMA,
        )


_BATCH_FORMAT = "%Y%m%dT%H%M%S.%f"


def resource(
    tables: Iterable[str], batch: Batch, stream: Iterable[Rows], finish: Callable[[dict[str, Any]], None]
) -> DltResource:
    """Make the dlt resource that writes a stream of rows to raw tables, all of which exist afterwards.

    `finish` receives the source's state after the last row; what it writes there is stored with the load, so
    a cursor moves if and only if its rows are in.
    """

    def objects() -> Iterator[Any]:
        for table in tables:
            yield dlt.mark.with_table_name(SCHEMA.empty_table(), table)
        for table, rows in stream:
            yield dlt.mark.with_table_name(batch.to_arrow(rows), table)
        finish(dlt.current.source_state())

    return dlt.resource(
        objects,
        name="objects",
        write_disposition="merge",
        primary_key=["account", "id"],
        columns=_COLUMNS,
        schema_contract=_CONTRACT,
    )


def gathered(stream: Iterable[Rows], size: int = 2000) -> Iterator[Rows]:
    """Join the small lists of a stream into larger ones per table, the later of two versions winning."""
    waiting: dict[str, dict[str, Row]] = {}
    for table, rows in stream:
        held = waiting.setdefault(table, {})
        held.update((row.id, row) for row in rows)
        if len(held) >= size:
            yield table, list(waiting.pop(table).values())
    for table, held in waiting.items():
        if held:
            yield table, list(held.values())


def moment(seconds: int) -> datetime:
    """Return Unix seconds as naive UTC, the form in which raw tables keep time."""
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)
