"""Stripe -> raw_stripe: a first load of everything, then only what changed, by Stripe's own event feed.

`load` is the whole of it for one account; `reread` reads single objects again, after a webhook or an action. Both
want the caller to hold the warehouse's writer lock. A load that fails or is killed leaves cursors where they were.
"""

import logging
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from itertools import chain
from typing import Any

import dlt

from billing.errors import Terminal
from billing.settings import Settings
from billing.settings_model import StripeAccount
from gateways.stripe.api import StripeApi
from gateways.stripe.manifest import STRIPE
from pipelines import destination, raw
from pipelines.crawl import Job, crawl
from pipelines.raw import Batch, Row, Rows
from pipelines.report import LoadReport, Mode, Progress
from pipelines.stored import Stored, changed_only, counted
from pipelines.stripe import events
from pipelines.stripe.events import Cursor
from pipelines.stripe.objects import BY_KIND, BY_TABLE, EVENT, FOLLOWED, LISTED, TABLES
from pipelines.stripe.reading import list_since, one_object, whole_list

__all__ = ["load", "reread"]

_log = logging.getLogger(__name__)
_NAME = STRIPE.name
_MOST_WORKERS = 16
_TOLERATED_LOSS = 50


def load(settings: Settings, account: StripeAccount, progress: Progress | None = None) -> LoadReport:
    """Load one account: everything the first time, then what changed since. None is missed or doubled.

    A gap of more than 25 days, over which Stripe's events may be lost, is healed by comparing everything.

    Raises:
        Transient: Stripe or the warehouse could not be reached; nothing of this load counts.
        Terminal: Stripe refuses the key, or lists so little that it cannot be true.
    """
    with destination.open_pipeline(settings, _NAME) as pipeline, closing(StripeApi(account)) as api:
        return _Load(pipeline, api, account, progress).run()


def reread(settings: Settings, account: StripeAccount, targets: Iterable[tuple[str, str]]) -> LoadReport:
    """Load single objects anew, given as (Stripe's kind, id), with what changes along with them.

    Kinds that have no raw table are passed over. Cursors stay where they are: the next load sees these
    objects' events and finds the rows already equal.

    Raises:
        BillhouseError: see `load`.
    """
    with destination.open_pipeline(settings, _NAME) as pipeline, closing(StripeApi(account)) as api:
        return _Load(pipeline, api, account, None).objects(targets)


class _Load:
    """One load of one account, from the choice of its mode to its report."""

    def __init__(
        self, pipeline: dlt.Pipeline, api: StripeApi, account: StripeAccount, progress: Progress | None
    ) -> None:
        self._started = time.monotonic()
        self._pipeline = pipeline
        self._api = api
        self._progress = progress
        self._state = destination.state(pipeline, _NAME)
        self._before: dict[str, Any] | None = self._state.get("accounts", {}).get(account.account)
        self._workers = min(_MOST_WORKERS, account.requests_per_second)
        self._stored = Stored(pipeline, account.account)
        self._batch = Batch.after(self._state.get("last_batch"), account.account, STRIPE.api_version)
        self._report = LoadReport(_NAME, account.account, Mode.CHANGES, self._batch.id)

    def run(self) -> LoadReport:
        if self._before is None:
            return self._whole(Mode.FIRST)
        cursor = Cursor.of(self._before)
        newest = events.newest_event(self._api)
        if events.is_gap(cursor, newest):
            _log.warning(
                "Stripe account %s was last looked at more than 25 days ago; its events may be lost, "
                "so everything is compared.",
                self._api.account,
            )
            return self._whole(Mode.HEALED)
        return self._changes(cursor, newest)

    def objects(self, targets: Iterable[tuple[str, str]]) -> LoadReport:
        self._report.mode = Mode.OBJECTS
        jobs = [
            one_object(self._api, kind, key, with_related=True)
            for kind, key in targets
            if kind in BY_KIND and key
        ]
        return self._write(changed_only(raw.gathered(self._read(jobs)), self._stored, self._report), None)

    def _changes(self, cursor: Cursor, newest: int) -> LoadReport:
        events.look(cursor, newest)
        heeded = self._stored.since(EVENT.table, cursor.seen_to - events.OVERLAP)
        jobs = [events.new_events(self._api, cursor, heeded)]
        jobs += [
            list_since(self._api, resource, cursor.newest.get(resource.table, 0) - events.OVERLAP)
            for resource in FOLLOWED
        ]
        account = self._api.get("/v1/account")
        stream = self._noticed(chain(self._account(account), self._read(jobs)), cursor)
        return self._write(changed_only(raw.gathered(stream), self._stored, self._report), cursor)

    def _whole(self, mode: Mode) -> LoadReport:
        self._report.mode = mode
        beginning = events.begin(self._api)  # before anything is read, so that no change falls between
        cursor = beginning.cursor
        account = self._api.get("/v1/account")
        opened = account.get("created")
        jobs = [whole_list(self._api, resource, opened) for resource in LISTED]
        jobs.append(events.past_events(self._api, opened, beginning))
        stream = self._noticed(chain(self._account(account), self._read(jobs)), cursor)
        if mode is Mode.FIRST:
            return self._write(counted(raw.gathered(stream), self._report), cursor)
        return self._write(
            changed_only(raw.gathered(self._swept(stream)), self._stored, self._report), cursor
        )

    def _swept(self, stream: Iterable[Rows]) -> Iterator[Rows]:
        """Pass whole lists on, then read by id what is stored but was not listed: most of it is deleted."""
        listed: dict[str, set[str]] = {table: set() for table in BY_TABLE}
        for table, rows in stream:
            if table in listed:
                listed[table].update(row.id for row in rows)
            yield table, rows
        jobs = []
        for table, ids in listed.items():
            living = self._stored.living(table)
            missing = living - ids
            if len(missing) > max(_TOLERATED_LOSS, len(living) // 2):
                raise Terminal(
                    f"Stripe account {self._api.account} lists {len(ids)} {table}, where {len(living)} are "
                    "stored. A list this short is not believed, and nothing was changed. Check its key."
                )
            jobs += [one_object(self._api, BY_TABLE[table].kind, key) for key in sorted(missing)]
        yield from self._read(jobs)

    def _account(self, account: dict[str, Any]) -> Iterator[Rows]:
        rows = [Row.of(account)]
        self._fetched("accounts", rows)
        yield "accounts", rows

    def _read(self, jobs: Iterable[Job]) -> Iterator[Rows]:
        for table, rows in crawl(jobs, self._workers):
            self._fetched(table, rows)
            yield table, rows

    def _fetched(self, table: str, rows: list[Row]) -> None:
        found = self._report.table(table)
        found.rows_fetched += len(rows)
        if self._progress is not None:
            self._progress(table, found.rows_fetched)

    @staticmethod
    def _noticed(stream: Iterable[Rows], cursor: Cursor) -> Iterator[Rows]:
        followed = {resource.table for resource in FOLLOWED}
        for table, rows in stream:
            if table in followed:
                cursor.notice(table, rows)
            yield table, rows

    def _write(self, stream: Generator[Rows], cursor: Cursor | None) -> LoadReport:
        """Load a stream as one package with the cursor it leads to; no package where nothing is new."""
        with closing(stream):
            head = next(stream, None)
            if head is not None or (cursor is not None and cursor.to_state() != self._before):
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
                state.setdefault("accounts", {})[self._batch.account] = cursor.to_state()

        return finish
