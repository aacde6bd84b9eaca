"""WooCommerce -> raw_woocommerce: a first load of everything, then only what changed, by the dates of change.

`load` is the whole of it for one shop; `reread` reads single objects again, after a webhook or an action. Both want
the caller to hold the warehouse's writer lock. A load that fails or is killed leaves cursors where they were.
"""

import logging
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

import dlt
import orjson

from billing import clock
from billing.errors import Refused
from billing.settings import Settings
from billing.settings_model import WoocommerceAccount
from gateways.woocommerce.api import CONNECTIONS, WooApi
from gateways.woocommerce.manifest import WOOCOMMERCE
from pipelines import destination, raw
from pipelines.crawl import Job, crawl
from pipelines.raw import Batch, Row, Rows
from pipelines.report import LoadReport, Mode, Progress
from pipelines.stored import Stored, changed_only, counted
from pipelines.woocommerce import reading, reports, sweep
from pipelines.woocommerce.objects import BY_KIND, DATED, LISTED, ORDER, REFUND, SHOPS, TABLES
from pipelines.woocommerce.sweep import Seen

__all__ = ["load", "reread"]

_log = logging.getLogger(__name__)
_NAME = WOOCOMMERCE.name
_OVERLAP = timedelta(hours=1)  # a change is dated before it is committed, and a second may hold several
_BEFORE_ANY = "2000-01-01T00:00:00"


def load(settings: Settings, account: WoocommerceAccount, progress: Progress | None = None) -> LoadReport:
    """Load one shop: everything the first time, then what changed since. None is missed or doubled.

    A shop forgets no date of change, and deletions are found by comparing ids, so any gap heals by itself. Webhooks
    that the shop has given up are told in the log.

    Raises:
        Transient: the shop or the warehouse could not be reached; nothing of this load counts.
        Terminal: the shop refuses the key, or lists so little that it cannot be true.
    """
    with destination.open_pipeline(settings, _NAME) as pipeline, closing(WooApi(account)) as api:
        return _Load(pipeline, api, account, progress).run()


def reread(settings: Settings, account: WoocommerceAccount, targets: Iterable[tuple[str, str]]) -> LoadReport:
    """Load single objects anew, given as (WooCommerce's kind, id), orders with their refunds and the sales report.

    Kinds that have no raw table are passed over. Cursors stay where they are: the next load sees these objects'
    dates and finds the rows already equal.

    Raises:
        BillhouseError: see `load`.
    """
    with destination.open_pipeline(settings, _NAME) as pipeline, closing(WooApi(account)) as api:
        return _Load(pipeline, api, account, None).objects(targets)


class _Load:
    """One load of one shop, from the choice of its mode to its report."""

    def __init__(
        self, pipeline: dlt.Pipeline, api: WooApi, account: WoocommerceAccount, progress: Progress | None
    ) -> None:
        self._started = time.monotonic()
        self._pipeline = pipeline
        self._api = api
        self._progress = progress
        self._state = destination.state(pipeline, _NAME)
        self._before: dict[str, Any] | None = self._state.get("accounts", {}).get(account.account)
        self._workers = min(CONNECTIONS, account.requests_per_second)
        self._stored = Stored(pipeline, account.account)
        self._batch = Batch.after(self._state.get("last_batch"), account.account, WOOCOMMERCE.api_version)
        self._report = LoadReport(_NAME, account.account, Mode.CHANGES, self._batch.id)
        self._seen = Seen()
        self._zone: str | None = None

    def run(self) -> LoadReport:
        self._tell_webhooks()
        if self._before is None:
            return self._whole()
        return self._changes(self._before)

    def objects(self, targets: Iterable[tuple[str, str]]) -> LoadReport:
        self._report.mode = Mode.OBJECTS
        wanted = [(kind, key) for kind, key in targets if kind in BY_KIND and key]
        jobs = [reading.one_object(self._api, kind, key) for kind, key in wanted]
        stream: Iterable[Rows] = self._read(jobs)
        if any(kind == ORDER.kind for kind, _ in wanted):
            zone = self._api.site().get("timezone_string")
            stream = chain(stream, self._fetched(reports.read(self._api, zone)))
        return self._write(changed_only(raw.gathered(stream), self._stored, self._report), None)

    def _changes(self, before: dict[str, Any]) -> LoadReport:
        modified: dict[str, str] = dict(before["modified"])
        today = clock.now().date().isoformat()
        is_thorough = before["swept_on"] != today
        jobs = [
            reading.changes(self._api, resource, _overlapped(modified.get(resource.table)), modified)
            if resource.is_dated
            else reading.whole_list(self._api, resource)
            for resource in LISTED
        ]
        stream = chain(self._shop(), self._level(jobs, self._stored.living, is_thorough=is_thorough))
        changed = changed_only(raw.gathered(stream), self._stored, self._report)
        return self._write(changed, {"modified": modified, "swept_on": today})

    def _whole(self) -> LoadReport:
        self._report.mode = Mode.FIRST
        # Before anything is read, so that no change falls between.
        cursor = {"modified": self._newest(), "swept_on": clock.now().date().isoformat()}
        jobs = [reading.whole_list(self._api, resource) for resource in LISTED]
        stream = chain(self._shop(), self._level(jobs, lambda _table: set(), is_thorough=False))
        return self._write(counted(raw.gathered(stream), self._report), cursor)

    def _level(self, jobs: list[Job], stored: sweep.Stored, *, is_thorough: bool) -> Iterator[Rows]:
        """Read, then compare what we hold with what the shop lists, then take its sales report."""
        yield from self._read(jobs)
        found = list(sweep.missing(self._api, self._seen, stored, is_thorough=is_thorough))
        yield from self._read(found)
        further, lost = sweep.refunds(self._api, self._seen, stored, is_thorough=is_thorough)
        if lost:
            yield REFUND.table, lost
        yield from self._read(further)
        yield from self._fetched(reports.read(self._api, self._zone))

    def _newest(self) -> dict[str, str]:
        """Return the latest date of change of each list that has dates."""
        found = {}
        for resource in DATED:
            if reading.total(self._api, resource) is None:
                continue
            params = {**resource.params, "orderby": "modified", "order": "desc", "per_page": 1}
            for thing in self._api.page(resource.path, params).items:
                found[resource.table] = str(thing["date_modified_gmt"])
        return found

    def _shop(self) -> Iterator[Rows]:
        site, currency = self._api.site(), self._api.currency()
        self._zone = site.get("timezone_string")
        thing = {"id": self._api.account, **site, "currency": currency}
        yield from self._fetched([(SHOPS, [Row(self._api.account, None, orjson.dumps(thing).decode())])])

    def _tell_webhooks(self) -> None:
        try:
            for words in self._api.sleeping_webhooks():
                _log.warning("%s", words)
        except Refused as refusal:
            _log.warning(
                "The state of the webhooks of shop %s cannot be seen. %s", self._api.account, refusal
            )

    def _read(self, jobs: Iterable[Job]) -> Iterator[Rows]:
        return self._fetched(self._seen.note(crawl(jobs, self._workers)))

    def _fetched(self, stream: Iterable[Rows]) -> Iterator[Rows]:
        for table, rows in stream:
            found = self._report.table(table)
            found.rows_fetched += len(rows)
            if self._progress is not None:
                self._progress(table, found.rows_fetched)
            yield table, rows

    def _write(self, stream: Generator[Rows], cursor: dict[str, Any] | None) -> LoadReport:
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

    def _keep(self, cursor: dict[str, Any] | None) -> Callable[[dict[str, Any]], None]:
        def finish(state: dict[str, Any]) -> None:
            state["last_batch"] = self._batch.id
            if cursor is not None:
                state.setdefault("accounts", {})[self._batch.account] = cursor

        return finish


def _overlapped(newest: str | None) -> str:
    """Return where to begin looking for changes, as GMT without a zone."""
    if newest is None:
        return _BEFORE_ANY
    return (datetime.fromisoformat(newest) - _OVERLAP).isoformat()
