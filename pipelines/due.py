"""The rule of what a cycle builds: everything, what new rows touch, or nothing.

A green build goes on record in the warehouse: when all of it was last built, from which models, and what each
raw table held. Builds of all writers keep the record; one that is red or breaks off leaves none. A cycle builds

- everything, where there is no record (a first build, or the last was red or broke off), or where a file of
  the dbt project has changed since;
- everything but views and seeds, where that was an hour ago or on another UTC day: what is overdue, how old a
  debt is and what a month earns depend on the moment of the build and move without a new row, so no figure is
  older than an hour, or yesterday's;
- what depends on the raw tables that received rows since, the copied store's included;
- nothing, where none did: the marts are what a build would make of the same rows.

Either way the marts are published, for a copy's age tells people when the gateways were last asked. Rows that
somebody changes in raw by hand are not seen here: `billhouse build` builds everything, whatever the record says.
"""

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path

from billing import clock
from billing.settings import Settings
from pipelines import destination, operations, project

EVERY_ROW = "fqn:*"
"""dbt's selector of all models; `build` leaves views and seeds as they stand where it selects."""
_RECORD = "built.json"
_OLDEST = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Due:
    """What is to be built: a selector for `build`, or None for everything; and why, in words."""

    select: str | None
    why: str


ALL = Due(None, "everything, as asked")


@dataclass(frozen=True, slots=True)
class Record:
    """The last green builds: of which models where, when all was built, and raw table -> its newest rows."""

    models: str
    built_at: str
    tables: dict[str, str]

    @property
    def is_timely(self) -> bool:
        """Say whether figures that depend on the moment still hold: of this UTC day, and of the last hour."""
        now, then = clock.now(), datetime.fromisoformat(self.built_at)
        return then <= now < then + _OLDEST and then.date() == now.date()


def due(settings: Settings) -> Due | None:
    """Return what is to be built now; None where nothing is. The caller holds the writer lock.

    Raises:
        Transient: the warehouse does not answer.
    """
    record = _read(settings)
    if record is None:
        return Due(None, "everything: no green build is on record")
    if record.models != _models(settings):
        return Due(None, "everything: the models, or where they stand, have changed")
    if not record.is_timely:
        return Due(EVERY_ROW, "everything with rows: the last was an hour ago, or yesterday")
    held = _newest(settings, record.tables)
    changed = [table for table, newest in record.tables.items() if held[table] != newest]
    if not changed:
        return None
    return Due(" ".join(_selector(table) for table in changed), f"what depends on {', '.join(changed)}")


def take(settings: Settings) -> Record | None:
    """Return the record and remove it: a build begins, and should it break off, nothing it made is relied on."""
    record = _read(settings)
    _path(settings).unlink(missing_ok=True)
    return record


def keep(
    settings: Settings, before: Record | None, select: str | None, tables: Iterable[str], begun: datetime
) -> None:
    """Put a green build on record. The caller still holds the writer lock under which it began.

    Args:
        settings: Where the warehouse is.
        before: What `take` gave.
        select: What was built, as given to `build`; None for everything.
        tables: All raw tables that models read, as "raw_stripe.charges".
        begun: When the build began.
    """
    newest = _newest(settings, tables)
    if select is None or (before is not None and select == EVERY_ROW):
        _write(settings, Record(_models(settings), begun.isoformat(), newest))
    elif before is not None:
        built = {table: newest[table] for table in newest if _selector(table) in select.split()}
        _write(settings, Record(before.models, before.built_at, {**before.tables, **built}))


def _models(settings: Settings) -> str:
    """Return a text that is another where the models are others, or stand in another database."""
    warehouse = settings.warehouse
    server = f"{warehouse.host}:{warehouse.port}/{warehouse.dbname}" if warehouse.engine == "postgres" else ""
    return f"{warehouse.engine} {server} {project.fingerprint()}"


def _selector(table: str) -> str:
    return f"source:{table}+"


def _newest(settings: Settings, tables: Iterable[str]) -> dict[str, str]:
    """Return for each raw table a text that is another once it has received rows; "" if it is not there."""
    there = {f"{schema}.{table}" for schema, table in destination.present(settings)}
    parts = [
        f"select '{table}' as name, {_mark(table)} as newest from {table}"  # noqa: S608 - names of dbt's sources
        for table in sorted(there.intersection(tables))
    ]
    found: Mapping[str, str | None] = dict(
        destination.ask(settings, " union all ".join(parts)) if parts else ()
    )
    return {table: found.get(table) or "" for table in tables}


def _mark(table: str) -> str:
    schema, name = table.split(".")
    return operations.newest(name) if schema == operations.SCHEMA else "max(batch_id)"


def _path(settings: Settings) -> Path:
    return settings.warehouse.dir / _RECORD


def _read(settings: Settings) -> Record | None:
    try:
        return Record(**json.loads(_path(settings).read_text()))
    except (FileNotFoundError, ValueError, TypeError):  # none, or not one of this version
        return None


def _write(settings: Settings, record: Record) -> None:
    partial = _path(settings).with_suffix(".partial")
    partial.write_text(json.dumps(asdict(record), indent=1))
    os.replace(partial, _path(settings))
