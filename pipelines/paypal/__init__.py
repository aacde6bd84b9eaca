"""PayPal -> raw_paypal: its transaction report, its webhook events and a few lists name objects, read by their ids.

There is no list of captures, refunds, orders or subscriptions, and no feed of changes that tells everything. So
a load asks all who may know: the report (with a day's overlap), the events of the last 30 days, disputes by their
last change, the list of invoices; and reads again what may change without telling. Both functions want the caller
to hold the warehouse's writer lock. A load that fails or is killed leaves cursors where they were.
"""

import logging
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from itertools import chain
from typing import Any

import dlt
import orjson

from billing.errors import Terminal
from billing.settings import Settings
from billing.settings_model import PaypalAccount
from gateways.paypal.api import PaypalApi
from gateways.paypal.events import subjects
from gateways.paypal.manifest import PAYPAL
from pipelines import destination, raw
from pipelines.crawl import Job, crawl
from pipelines.paypal import cursor as cursors
from pipelines.paypal.cursor import Cursor, moment
from pipelines.paypal.objects import (
    BALANCES,
    BY_KIND,
    EVENTS,
    RESOURCES,
    TABLES,
    TRANSACTIONS,
    Target,
    Thing,
    balance_row,
    event_row,
    is_quarrel,
    reported,
    seconds,
)
from pipelines.paypal.reading import disputes_of, objects, one_object, refreshed_at, windows
from pipelines.raw import Batch, Row, Rows
from pipelines.report import LoadReport, Mode, Progress
from pipelines.stored import Stored, changed_only, counted

__all__ = ["load", "reread"]

_log = logging.getLogger(__name__)
_NAME = PAYPAL.name
_MOST_WORKERS = 8
_MOST_RESCANNED = 500
_TOLERATED_LOSS = 50
_REACH = (3 * 365 - 2) * cursors.DAY  # how far back the report reaches


def load(settings: Settings, account: PaypalAccount, progress: Progress | None = None) -> LoadReport:
    """Load one account: everything the first time, then what changed since. None is missed or doubled.

    A gap of more than 25 days, over which webhook events may be lost, is healed by comparing everything.

    Raises:
        Transient: PayPal or the warehouse could not be reached; nothing of this load counts.
        Terminal: PayPal refuses the app, or lists so little that it cannot be true.
    """
    with destination.open_pipeline(settings, _NAME) as pipeline, closing(PaypalApi(account)) as api:
        return _Load(pipeline, api, account, progress).run()


def reread(settings: Settings, account: PaypalAccount, targets: Iterable[Target]) -> LoadReport:
    """Load single objects anew, given as (kind, id), with what changes along with them.

    Kinds that have no raw table are passed over. Cursors stay where they are.

    Raises:
        BillhouseError: see `load`.
    """
    with destination.open_pipeline(settings, _NAME) as pipeline, closing(PaypalApi(account)) as api:
        return _Load(pipeline, api, account, None).objects(targets)


class _Load:
    """One load of one account, from the choice of its mode to its report."""

    def __init__(
        self, pipeline: dlt.Pipeline, api: PaypalApi, account: PaypalAccount, progress: Progress | None
    ) -> None:
        self._started = time.monotonic()
        self._pipeline = pipeline
        self._api = api
        self._progress = progress
        self._opened = account.opened
        self._state = destination.state(pipeline, _NAME)
        self._before: dict[str, Any] | None = self._state.get("accounts", {}).get(account.account)
        self._cursor = Cursor() if self._before is None else Cursor.of(self._before)
        self._gone: set[str] = set()
        self._workers = min(_MOST_WORKERS, account.requests_per_second)
        self._stored = Stored(pipeline, account.account)
        self._batch = Batch.after(self._state.get("last_batch"), account.account, PAYPAL.api_version)
        self._report = LoadReport(_NAME, account.account, Mode.CHANGES, self._batch.id)

    def run(self) -> LoadReport:
        if self._before is None:
            return self._whole(Mode.FIRST, seconds(refreshed_at(self._api, self._now() - 2 * cursors.DAY)))
        start = self._cursor.report_start()
        refreshed = seconds(refreshed_at(self._api, start))
        if self._cursor.is_gap(refreshed):
            _log.warning(
                "PayPal account %s was last looked at more than 25 days ago; its events may be lost, "
                "so everything is compared.",
                self._api.account,
            )
            return self._whole(Mode.HEALED, refreshed)
        return self._write(
            changed_only(raw.gathered(self._changes(start, refreshed)), self._stored, self._report)
        )

    def objects(self, targets: Iterable[Target]) -> LoadReport:
        self._report.mode = Mode.OBJECTS
        jobs = [
            one_object(self._api, kind, key, is_known=True, with_related=True)
            for kind, key in targets
            if kind in BY_KIND and key
        ]
        return self._write(
            changed_only(raw.gathered(self._read(jobs)), self._stored, self._report), is_cursor_kept=False
        )

    def _whole(self, mode: Mode, refreshed: int) -> LoadReport:
        self._report.mode = mode
        opened = datetime(self._opened.year, self._opened.month, self._opened.day, tzinfo=UTC)
        start = max(int(opened.timestamp()), refreshed - _REACH)
        stream = raw.gathered(self._everything(start, refreshed))
        if mode is Mode.FIRST:
            return self._write(counted(stream, self._report))
        return self._write(changed_only(stream, self._stored, self._report))

    def _everything(self, start: int, refreshed: int) -> Iterator[Rows]:
        """Read the whole report and every list, and each object that they name."""
        targets: list[Target] = []
        yield from self._balances()
        yield from self._events(refreshed, targets)
        self._name_invoices(refreshed, targets, is_whole=True)
        self._name_disputes(refreshed, targets)
        self._name_catalogue(targets)
        old = refreshed - cursors.DISPUTE_MEMORY

        def follow(lines: list[Thing]) -> Iterator[Job]:
            for line in lines:
                yield from objects(self._api, reported(line))
                told = line["transaction_info"]
                if is_quarrel(line) and seconds(told["transaction_initiation_date"]) < old:
                    yield disputes_of(self._api, told.get("paypal_reference_id") or told["transaction_id"])

        jobs = windows(self._api, start, refreshed, follow)
        yield from self._read(chain(jobs, objects(self._api, targets), self._living(None)))
        self._cursor.refresh(refreshed)

    def _changes(self, start: int, refreshed: int) -> Iterator[Rows]:
        """Read what the report, events and lists tell anew, then the objects that this names."""
        targets: list[Target] = []
        yield from self._balances()
        lines = [
            row for _, rows in self._read(windows(self._api, start, refreshed, lambda _l: ())) for row in rows
        ]
        known = self._stored.known(TRANSACTIONS, (row.id for row in lines))
        for row in lines:
            if row.id not in known or known[row.id].digest != row.digest:
                targets += reported(orjson.loads(row.data or ""))
        yield TRANSACTIONS, lines
        yield from self._events(refreshed, targets)
        self._name_invoices(refreshed, targets, is_whole=refreshed - self._cursor.invoices_at >= cursors.DAY)
        self._name_disputes(refreshed, targets)
        self._name_catalogue(targets)
        yield from self._read(chain(objects(self._api, targets), self._living(_MOST_RESCANNED)))
        self._cursor.refresh(refreshed)

    def _now(self) -> int:
        """Return the present moment by PayPal's clock: ours may be ahead, and the report refuses days to come."""
        return seconds(self._api.get("/v1/reporting/balances")["as_of_time"])

    def _balances(self) -> Iterator[Rows]:
        rows = [balance_row(one) for one in self._api.get("/v1/reporting/balances").get("balances", ())]
        self._fetched(BALANCES, rows)
        yield BALANCES, rows

    def _events(self, refreshed: int, targets: list[Target]) -> Iterator[Rows]:
        """Read the webhook events since the last look, and name the objects of those that are new."""
        start = max(self._cursor.events_to - cursors.EVENT_OVERLAP, refreshed - cursors.EVENT_MEMORY)
        new = self._cursor.see(self._api.events(moment(start)))
        for event in new:
            targets += subjects(event)
        rows = [event_row(event) for event in new]
        self._fetched(EVENTS, rows)
        yield EVENTS, rows

    def _name_invoices(self, refreshed: int, targets: list[Target], *, is_whole: bool) -> None:
        """Name the invoices that the list shows otherwise than they are stored; once a day, those that vanished."""
        listed = {one["id"]: one for one in self._api.invoices(is_whole=is_whole)}
        known = self._stored.last("invoices", listed)
        if listed and not known and not is_whole:  # nothing but new ones: there may be more behind them
            self._name_invoices(refreshed, targets, is_whole=True)
            return
        targets += [
            ("invoice", key)
            for key, one in listed.items()
            if key not in known or _marks(one) != _marks(orjson.loads(known[key][0]))
        ]
        if not is_whole:
            return
        living = self._stored.living("invoices")
        gone = living - listed.keys()
        if len(gone) > max(_TOLERATED_LOSS, len(living) // 2):
            raise Terminal(
                f"PayPal account {self._api.account} lists {len(listed)} invoices, where {len(living)} are stored. "
                "A list this short is not believed, and nothing was changed. Check the app's permissions."
            )
        self._gone = gone
        self._cursor.invoices_at = refreshed // cursors.DAY * cursors.DAY

    def _name_disputes(self, refreshed: int, targets: list[Target]) -> None:
        """Name the disputes that changed since the last look."""
        start = max(self._cursor.disputes_to - cursors.OVERLAP, refreshed - cursors.DISPUTE_MEMORY)
        # PayPal measures 180 days from its own now, which may be three hours later than the report's.
        start = max(start, refreshed - cursors.DISPUTE_MEMORY + 4 * 3600)
        listed = {one["dispute_id"]: one for one in self._api.disputes(update_time_after=moment(start))}
        known = self._stored.last("disputes", listed)
        for key, one in listed.items():
            changed = one["update_time"]
            self._cursor.disputes_to = max(self._cursor.disputes_to, seconds(changed))
            if key not in known or orjson.loads(known[key][0])["update_time"] != changed:
                targets.append(("dispute", key))

    def _name_catalogue(self, targets: list[Target]) -> None:
        """Name plans and products that are not stored yet; later changes of theirs have events."""
        for kind, found in (("plan", self._api.plans()), ("product", self._api.products())):
            ids = [one["id"] for one in found]
            known = self._stored.known(BY_KIND[kind].table, ids)
            targets += [(kind, key) for key in ids if key not in known]

    def _living(self, most: int | None) -> Iterator[Job]:
        """Read again what may change without telling: of many, the next so many in the order of their ids."""
        every = sorted(
            f"{resource.kind}:{key}"
            for resource in RESOURCES
            if resource.living
            for key in self._stored.in_states(resource.table, "status", resource.living)
        )
        if most is not None and len(every) > most:
            later = [name for name in every if name > self._cursor.rescanned]
            every = (later + every)[:most]
            self._cursor.rescanned = every[-1]
        else:
            self._cursor.rescanned = ""
        names = [*every, *(f"invoice:{key}" for key in sorted(self._gone))]
        for name in dict.fromkeys(names):
            kind, _, key = name.partition(":")
            yield one_object(self._api, kind, key, is_known=True)

    def _read(self, jobs: Iterable[Job]) -> Iterator[Rows]:
        for table, rows in crawl(jobs, self._workers):
            self._fetched(table, rows)
            if table == TRANSACTIONS:
                self._cursor.notice(orjson.loads(row.data or "") for row in rows)
            yield table, rows

    def _fetched(self, table: str, rows: list[Row]) -> None:
        found = self._report.table(table)
        found.rows_fetched += len(rows)
        if self._progress is not None:
            self._progress(table, found.rows_fetched)

    def _write(self, stream: Generator[Rows], *, is_cursor_kept: bool = True) -> LoadReport:
        """Load a stream as one package with the cursor it leads to; no package where nothing is new."""
        with closing(stream):
            head = next(stream, None)
            # Without a changed row the stream is at its end, and the cursor where it leads to.
            if head is not None or (is_cursor_kept and self._cursor.to_state() != self._before):
                lacking = set(TABLES) - set(destination.tables(self._pipeline))
                rows = stream if head is None else chain([head], stream)
                resource = raw.resource(lacking, self._batch, rows, self._keep(is_cursor_kept))
                destination.run(self._pipeline, _NAME, resource)
        self._report.seconds = time.monotonic() - self._started
        return self._report

    def _keep(self, is_cursor_kept: bool) -> Callable[[dict[str, Any]], None]:
        def finish(state: dict[str, Any]) -> None:
            state["last_batch"] = self._batch.id
            if is_cursor_kept:
                state.setdefault("accounts", {})[self._batch.account] = self._cursor.to_state()

        return finish


def _marks(invoice: Thing) -> tuple[Any, ...]:
    """Return what tells a changed invoice from an unchanged one, in the list and in the object."""
    metadata = (invoice.get("detail") or {}).get("metadata") or {}
    return invoice.get("status"), metadata.get("last_update_time"), invoice.get("due_amount")
