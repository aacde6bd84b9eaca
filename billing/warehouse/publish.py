"""A green build -> the published copy that people read, atomically.

DuckDB: marts.duckdb is copied to serve-N.duckdb and CURRENT is replaced in one step; readers open what
CURRENT names. PostgreSQL: schema `marts` is copied and the copy renamed to `serve`. The last good copy stays
in place whatever goes wrong. Call it only after every check was green, under the writer lock.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb
import psycopg
from psycopg import sql

from billing.errors import BillhouseError, Transient
from billing.settings_model import Warehouse
from billing.store.clocktext import now_text
from billing.warehouse import paths
from billing.warehouse.postgres import SWAP_LOCK, connect_postgres

KEEP = 2
# The file marts.duckdb is a catalog called marts, which holds a schema called marts.
STAMP = "create or replace table marts.marts.published as select ? as snapshot, ? as published_at"


def publish(warehouse: Warehouse) -> str:
    """Publish the marts and return the new copy's name, "serve-12", which readers call the snapshot.

    Raises:
        Transient: the copy could not be written (a full disk, say); the last good copy is still served.
    """
    if warehouse.engine == "postgres":
        return _publish_postgres(warehouse)
    return _publish_duckdb(warehouse.dir)


def _publish_duckdb(folder: Path) -> str:
    copies = paths.published_copies(folder)
    number = paths.serve_number(copies[-1]) + 1 if copies else 1
    target = folder / paths.serve_name(number)
    partial = target.with_suffix(".partial")
    with _last_good_stays(partial, target):
        _stamp(folder / paths.MARTS, target.stem)
        shutil.copyfile(folder / paths.MARTS, partial)
        _flush(partial)
        os.replace(partial, target)
        pointer = folder / f"{paths.CURRENT}.new"
        pointer.write_text(target.name)
        _flush(pointer)
        os.replace(pointer, folder / paths.CURRENT)
    for old in paths.published_copies(folder)[:-KEEP]:
        old.unlink()
    return target.stem


def _stamp(marts: Path, snapshot: str) -> None:
    """Write the copy's name into it, and bring the file to rest: all of it in one file, no log beside it."""
    connection = duckdb.connect(str(marts))
    try:
        connection.execute(STAMP, [snapshot, now_text()])
        connection.execute("checkpoint")
    finally:
        connection.close()


@contextmanager
def _last_good_stays(*unfinished: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, duckdb.Error) as cause:
        for path in unfinished:
            path.unlink(missing_ok=True)
        raise Transient(
            f"The new copy could not be published ({cause}). The last good one is still served; "
            f"make room on {unfinished[0].parent} and run `billhouse cycle` again."
        ) from cause


def _flush(path: Path) -> None:
    """Bring a file to the disk, so that CURRENT never names a copy that a power cut would lose."""
    with path.open("rb+") as handle:
        os.fsync(handle.fileno())


def _publish_postgres(warehouse: Warehouse) -> str:
    with connect_postgres(warehouse) as connection:
        try:
            with connection.transaction():
                number = _next_number(connection)
                _copy_schema(connection, f"serve-{number}")
            with connection.transaction():
                _swap_schemas(connection)
            _drop_retired(connection)
        except psycopg.Error as cause:
            raise Transient(
                f"The new copy could not be published ({cause}). The last good one is still served."
            ) from cause
    return f"serve-{number}"


def _next_number(connection: psycopg.Connection[tuple[object, ...]]) -> int:
    there = connection.execute("select to_regclass('serve.published')").fetchone()
    if not there or there[0] is None:
        return 1
    row = connection.execute("select snapshot from serve.published").fetchone()
    if row is None:
        raise BillhouseError("serve.published is empty: drop schema serve and run `billhouse cycle` again.")
    return int(str(row[0]).removeprefix("serve-")) + 1


def _copy_schema(connection: psycopg.Connection[tuple[object, ...]], snapshot: str) -> None:
    connection.execute("drop schema if exists serve_new cascade")
    connection.execute("create schema serve_new")
    names = connection.execute("select tablename from pg_tables where schemaname = 'marts'").fetchall()
    for (name,) in names:
        table = sql.Identifier(str(name))
        connection.execute(
            sql.SQL("create table serve_new.{} as select * from marts.{}").format(table, table)
        )
    connection.execute(
        "create table serve_new.published as select %s::text as snapshot, %s::text as published_at",
        [snapshot, now_text()],
    )


def _swap_schemas(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    """Rename, do not drop: a drop would wait for every open question, and all readers would wait for it."""
    connection.execute("set local lock_timeout = '30s'")
    connection.execute("select pg_advisory_xact_lock(%s)", [SWAP_LOCK])
    there = connection.execute("select to_regnamespace('serve')::oid::text").fetchone()
    if there and there[0] is not None:
        retired = sql.Identifier(f"serve_old_{there[0]}")
        connection.execute(sql.SQL("alter schema serve rename to {}").format(retired))
    connection.execute("alter schema serve_new rename to serve")


def _drop_retired(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    """Drop copies that are no longer served; one that somebody still reads waits for the next publish."""
    query = r"select nspname from pg_namespace where nspname like 'serve\_old\_%'"
    for (name,) in connection.execute(query).fetchall():
        with suppress(psycopg.errors.LockNotAvailable), connection.transaction():
            connection.execute("set local lock_timeout = '100ms'")
            connection.execute(sql.SQL("drop schema {} cascade").format(sql.Identifier(str(name))))
