"""What the raw tables already hold, so that rows read again but unchanged are not written again."""

from collections.abc import Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import dlt

from pipelines import destination
from pipelines.raw import Row, Rows, moment
from pipelines.report import LoadReport

_CHUNK = 1000


@dataclass(frozen=True, slots=True)
class Known:
    """A stored row's content: the MD5 of its `data`, and whether it is marked as deleted."""

    digest: str
    is_deleted: bool


class Stored:
    """Reads one account's rows of one gateway's raw tables."""

    def __init__(self, pipeline: dlt.Pipeline, account: str) -> None:
        self._pipeline = pipeline
        self._account = account

    def known(self, table: str, ids: Iterable[str]) -> dict[str, Known]:
        """Return what is stored of these objects; a table that is not there yet holds nothing."""
        rows = self._by_id(table, "id, md5(data), is_deleted", ids)
        return {key: Known(digest, deleted) for key, digest, deleted in rows}

    def last(self, table: str, ids: Iterable[str]) -> dict[str, tuple[str, int | None]]:
        """Return the stored JSON of these objects and when they were created, in Unix seconds."""
        rows = self._by_id(table, "id, data, created_at", ids)
        return {
            key: (data, created and int(created.replace(tzinfo=UTC).timestamp()))
            for key, data, created in rows
        }

    def living(self, table: str) -> set[str]:
        """Return the ids of all objects that are not marked as deleted."""
        # The table names are our own constants, here and below.
        sql = f"select id from {table} where account = %s and not is_deleted"  # noqa: S608
        found = self._query(sql, self._account)
        return {row[0] for row in found}

    def in_states(self, table: str, field: str, states: Iterable[str]) -> list[str]:
        """Return the ids of objects whose JSON has one of these states in a field, and that are not deleted."""
        wanted = list(states)
        places = ", ".join(["%s"] * len(wanted))
        sql = (
            f"select id from {table} where account = %s and not is_deleted"  # noqa: S608
            f" and (cast(data as json) ->> '{field}') in ({places})"
        )
        return [row[0] for row in self._query(sql, self._account, *wanted)]

    def by_state(
        self, table: str, field: str, states: Iterable[str], since: datetime
    ) -> dict[str, list[str]]:
        """Return state -> ids, as `in_states` finds them, of objects created at or after a moment (naive UTC)."""
        wanted = list(states)
        places = ", ".join(["%s"] * len(wanted))
        state = f"(cast(data as json) ->> '{field}')"
        sql = (
            f"select {state}, id from {table} where account = %s and not is_deleted"  # noqa: S608
            f" and created_at >= %s and {state} in ({places}) order by id"
        )
        found: dict[str, list[str]] = {}
        for value, key in self._query(sql, self._account, since, *wanted):
            found.setdefault(value, []).append(key)
        return found

    def since(self, table: str, created: int) -> set[str]:
        """Return the ids of all objects created at or after a time, in Unix seconds."""
        sql = f"select id from {table} where account = %s and created_at >= %s"  # noqa: S608
        return {row[0] for row in self._query(sql, self._account, moment(max(0, created)))}

    def _by_id(self, table: str, columns: str, ids: Iterable[str]) -> Iterator[Any]:
        wanted = list(dict.fromkeys(ids))
        for start in range(0, len(wanted), _CHUNK):
            chunk = wanted[start : start + _CHUNK]
            places = ", ".join(["%s"] * len(chunk))
            sql = f"select {columns} from {table} where account = %s and id in ({places})"  # noqa: S608
            yield from self._query(sql, self._account, *chunk)

    def _query(self, sql: str, *params: Any) -> list[Any]:
        return destination.query(self._pipeline, sql, *params)


def changed_only(stream: Iterable[Rows], stored: Stored, report: LoadReport) -> Generator[Rows]:
    """Pass on the rows that differ from what is stored; fill in what was last known of deleted ones."""
    for table, rows in stream:
        known = stored.known(table, (row.id for row in rows))
        fresh = [row for row in _recalled(table, rows, stored) if not _is_known(row, known)]
        report.table(table).rows_changed += len(fresh)
        if fresh:
            yield table, fresh


def counted(stream: Iterable[Rows], report: LoadReport) -> Generator[Rows]:
    """Pass all rows on as changed: nothing is stored yet that they could equal.

    What was deleted between being named and being read is left out: nothing was ever known of it.
    """
    for table, rows in stream:
        fresh = [row for row in rows if row.data is not None]
        report.table(table).rows_changed += len(fresh)
        if fresh:
            yield table, fresh


def _is_known(row: Row, known: Mapping[str, Known]) -> bool:
    before = known.get(row.id)
    if before is None:
        return False
    if row.is_deleted and before.is_deleted:
        return True  # gone is gone; what was last known of it stands
    return before == Known(row.digest, row.is_deleted)


def _recalled(table: str, rows: Iterable[Row], stored: Stored) -> list[Row]:
    """Give deleted objects what was last known of them; leave out those of which nothing ever was."""
    forgotten = [row.id for row in rows if row.data is None]
    last = stored.last(table, forgotten) if forgotten else {}
    for row in rows:
        if row.data is None and row.id in last:
            row.data, row.created = last[row.id]
    return [row for row in rows if row.data is not None]
