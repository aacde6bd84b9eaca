"""Read the published copy: never the files that a build is writing. Queries take `$name` parameters.

A reader follows CURRENT: when a new copy is published, its next query runs on that one, whole.
"""

import re
import threading
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import duckdb
from psycopg.rows import dict_row

from billing.errors import NotFound
from billing.settings_model import Warehouse
from billing.store.clocktext import from_text
from billing.warehouse import paths
from billing.warehouse.postgres import SWAP_LOCK, connect_postgres

NOTHING_YET = "Nothing is published yet. Run `billhouse cycle` first."


class Reader(Protocol):
    """Answers queries over the marts by their plain names, all of one query from one published copy."""

    def rows(self, query: str, params: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        """Return all rows as dicts.

        Raises:
            NotFound: nothing was published yet.
        """

    def close(self) -> None:
        """Let go of the connection."""


def open_reader(warehouse: Warehouse) -> Reader:
    """Return the reader that fits the warehouse's engine."""
    return PostgresReader(warehouse) if warehouse.engine == "postgres" else DuckDBReader(warehouse.dir)


def one(reader: Reader, query: str, params: Mapping[str, Any] | None = None) -> dict[str, Any] | None:
    """Return the first row of a query, or None."""
    return next(iter(reader.rows(query, params)), None)


def snapshot(reader: Reader) -> tuple[str, datetime]:
    """Return the name of the published copy and when it was published (aware UTC)."""
    row = one(reader, "select snapshot, published_at from published")
    if row is None:
        raise NotFound(NOTHING_YET)
    return row["snapshot"], from_text(row["published_at"])


class DuckDBReader:
    """Reads serve-N.duckdb as CURRENT names it. Safe to share between threads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._name = ""
        self._connection: duckdb.DuckDBPyConnection | None = None

    def rows(self, query: str, params: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        """Return all rows as dicts, from the copy that is current when the query starts."""
        with self._lock:
            cursor = self._current().cursor()
        try:
            cursor.execute("use marts")
            cursor.execute(query, dict(params) if params else None)
            names = [column[0] for column in cursor.description or []]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        finally:
            cursor.close()

    def close(self) -> None:
        """Let go of the file as soon as running queries are done; a later query opens it again."""
        with self._lock:
            self._connection, self._name = None, ""

    def _current(self) -> duckdb.DuckDBPyConnection:
        for _ in range(5):  # between reading CURRENT and opening, two newer copies may have come
            try:
                name = (self._folder / paths.CURRENT).read_text()
                if self._connection is None or name != self._name:
                    opened = duckdb.connect(str(self._folder / name), read_only=True)
                    opened.execute("set TimeZone = 'UTC'")
                    # The old one is not closed here: that would end the queries other threads run on it.
                    # It goes with the last of their cursors.
                    self._connection, self._name = opened, name
            except (FileNotFoundError, duckdb.IOException):
                continue
            return self._connection
        raise NotFound(NOTHING_YET)


class PostgresReader:
    """Reads schema `serve` of a PostgreSQL warehouse, one short connection a query."""

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse

    def rows(self, query: str, params: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        """Return all rows as dicts."""
        with connect_postgres(self._warehouse) as connection, connection.transaction():
            # A swap of copies waits for this question, so that all of it meets one copy.
            connection.execute("select pg_advisory_xact_lock_shared(%s)", [SWAP_LOCK])
            connection.execute("set local search_path to serve")
            cursor = connection.cursor(row_factory=dict_row)
            there = cursor.execute("select to_regclass('published') as name").fetchone()
            if not there or there["name"] is None:
                raise NotFound(NOTHING_YET)
            return list(cursor.execute(_pyformat(query), dict(params or {})).fetchall())

    def close(self) -> None:
        """Nothing to let go of."""


def _pyformat(query: str) -> str:
    """Turn `$name` into psycopg's `%(name)s`."""
    return re.sub(r"\$([a-z_]+)", r"%(\1)s", query.replace("%", "%%"))
