"""Recurly -> raw_recurly: each list by `updated_at` ascending, from where the last look ended, with an overlap.

`load` is the whole of it for one account; `reread` reads single objects again, after a webhook. Both want the
caller to hold the warehouse's writer lock. A load that fails or is killed leaves cursors where they were.
"""

import time
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

import dlt

from billing.errors import NotFound
from billing.settings import Settings
from billing.settings_model import RecurlyAccount
from gateways.recurly.api import RecurlyApi
from gateways.recurly.manifest import RECURLY
from pipelines import destination, raw
from pipelines.crawl import Emit, Job, crawl
from pipelines.raw import Batch, Row, Rows
from pipelines.recurly.objects import SITES, TABLE_OF, TABLES, Target, complete, object_path, related, to_row
from pipelines.report import LoadReport, Mode, Progress
from pipelines.stored import Stored, changed_only, counted

__all__ = ["load", "reread"]

_NAME = RECURLY.name
_MOST_WORKERS = 8
_OVERLAP = timedelta(hours=1)  # a row is dated before it is committed, and several share a second
Cursor = dict[str, str]
"""Raw table -> `updated_at` of its newest object seen, as Recurly writes it."""


def load(settings: Settings, account: RecurlyAccount, progress: Progress | None = None) -> LoadReport:
    """Load one account: everything the first time, then what changed since. None is missed or doubled.

    Recurly's lists reach back without end, so a gap of any length needs no healing of its own.

    Raises:
        Transient: Recurly or the warehouse could not be reached; nothing of this load counts.
        Terminal: Recurly refuses the key or the request.
    """
    with destination.open_pipeline(settings, _NAME) as pipeline, closing(RecurlyApi(account)) as api:
        return _Load(pipeline, api, account, progress).run()


def reread(settings: Settings, account: RecurlyAccount, targets: Iterable[Target]) -> LoadReport:
    """Load single objects anew, given as (Recurly's kind, id), with what changes along with them.

    Kinds that have no raw table are passed over. Cursors stay where they are: the next load finds these objects
    again, and their rows already equal.

    Raises:
        BillhouseError: see `load`.
    """
    with destination.open_pipeline(settings, _NAME) as pipeline, closing(RecurlyApi(account)) as api:
        return _Load(pipeline, api, account, None).objects(targets)


class _Load:
    """One load of one account."""

    def __init__(
        self, pipeline: dlt.Pipeline, api: RecurlyApi, account: RecurlyAccount, progress: Progress | None
    ) -> None:
        self._started = time.monotonic()
        self._pipeline = pipeline
        self._api = api
        self._progress = progress
        state = destination.state(pipeline, _NAME)
        self._before: Cursor | None = state.get("accounts", {}).get(account.account)
        self._workers = min(_MOST_WORKERS, account.requests_per_second)
        self._stored = Stored(pipeline, account.account)
        self._batch = Batch.after(state.get("last_batch"), account.account, RECURLY.api_version)
        self._report = LoadReport(_NAME, account.account, Mode.CHANGES, self._batch.id)

    def run(self) -> LoadReport:
        cursor: Cursor = dict(self._before or {})
        jobs = [self._followed(kind, table, cursor) for kind, table in TABLE_OF.items()]
        stream = raw.gathered(chain(self._sites(), self._read(jobs)))
        if self._before is None:
            self._report.mode = Mode.FIRST
            return self._write(counted(stream, self._report), cursor)
        return self._write(changed_only(stream, self._stored, self._report), cursor)

    def objects(self, targets: Iterable[Target]) -> LoadReport:
        self._report.mode = Mode.OBJECTS
        jobs = [
            self._object(kind, key, with_related=True) for kind, key in targets if kind in TABLE_OF and key
        ]
        return self._write(changed_only(raw.gathered(self._read(jobs)), self._stored, self._report), None)

    def _followed(self, kind: str, table: str, cursor: Cursor) -> Job:
        """Read what changed in one list since the cursor, and move it to the newest change."""
        query = {"sort": "updated_at", "order": "asc"}
        if table in cursor:
            query["begin_time"] = (datetime.fromisoformat(cursor[table]) - _OVERLAP).isoformat()

        def run(emit: Emit) -> Iterable[Job]:
            for page in self._api.pages(f"/{table}", query):
                emit(table, [to_row(complete(self._api, kind, thing)) for thing in page])
                newest = max(
                    (thing["updated_at"] for thing in page), key=datetime.fromisoformat, default=None
                )
                if newest is not None and _is_later(newest, cursor.get(table)):
                    cursor[table] = newest
            return ()

        return Job(("list", table), run)

    def _object(self, kind: str, object_id: str, *, with_related: bool = False) -> Job:
        def run(emit: Emit) -> Iterable[Job]:
            try:
                thing = self._api.get(object_path(kind, object_id))
            except NotFound:
                emit(TABLE_OF[kind], [Row(object_id, None, None, is_deleted=True)])
                return ()
            emit(TABLE_OF[kind], [to_row(complete(self._api, kind, thing))])
            return [self._object(*pair) for pair in sorted(related(kind, thing))] if with_related else ()

        return Job(("object", kind, object_id), run)

    def _sites(self) -> Iterator[Rows]:
        rows = [to_row(site) for site in self._api.get("/sites")["data"]]
        self._fetched(SITES, rows)
        yield SITES, rows

    def _read(self, jobs: Iterable[Job]) -> Iterator[Rows]:
        for table, rows in crawl(jobs, self._workers):
            self._fetched(table, rows)
            yield table, rows

    def _fetched(self, table: str, rows: list[Row]) -> None:
        found = self._report.table(table)
        found.rows_fetched += len(rows)
        if self._progress is not None:
            self._progress(table, found.rows_fetched)

    def _write(self, stream: Generator[Rows], cursor: Cursor | None) -> LoadReport:
        """Load a stream as one package with the cursor it leads to; no package where nothing is new."""
        with closing(stream):
            head = next(stream, None)
            if head is not None or (cursor is not None and cursor != self._before):
                lacking = set(TABLES) - set(destination.tables(self._pipeline))
                rows = stream if head is None else chain([head], stream)
                resource = raw.resource(lacking, self._batch, rows, self._keep(cursor))
                destination.run(self._pipeline, _NAME, resource)
        self._report.seconds = time.monotonic() - self._started
        return self._report

    def _keep(self, cursor: Cursor | None) -> Callable[[dict[str, Any]], None]:
        def finish(state: dict[str, Any]) -> None:
            state["last_batch"] = self._batch.id
            if cursor is not None:
                state.setdefault("accounts", {})[self._batch.account] = cursor

        return finish


def _is_later(moment: str, before: str | None) -> bool:
    return before is None or datetime.fromisoformat(moment) > datetime.fromisoformat(before)
