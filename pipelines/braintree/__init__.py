"""Braintree -> raw_braintree: everything first, then what any of its times says has changed.

There is no time of last change. So each load unites the searches by every time that a transaction has, asks whether
unfinished ones have left their state, rescans customers, subscriptions and the small lists, and reads the days'
settlement batch summaries, which are booked apart and serve as control totals. `load` and `reread` want the caller
to hold the warehouse's writer lock. A load that fails or is killed leaves cursors where they were.
"""

import time
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from itertools import chain
from typing import Any

import dlt
from braintree import Transaction

from billing import clock
from billing.errors import Terminal
from billing.settings import Settings
from billing.settings_model import BraintreeAccount
from gateways.braintree.api import BraintreeApi
from gateways.braintree.manifest import BRAINTREE
from gateways.braintree.xmljson import Json
from pipelines import destination, raw
from pipelines.braintree import windows
from pipelines.braintree.objects import TABLE_OF, TABLES, UNDECIDED, UNFINISHED, WHOLE, newest, settlement_day
from pipelines.braintree.reading import Reader
from pipelines.crawl import Job, crawl
from pipelines.raw import Batch, Rows
from pipelines.report import LoadReport, Mode, Progress
from pipelines.stored import Stored, changed_only, counted

__all__ = ["load", "reread"]

_NAME = BRAINTREE.name
_MOST_WORKERS = 8
_DAY = 86_400
_OVERLAP = 3600
_DEEP_OVERLAP = 3 * _DAY  # once a day: what became visible late
_UNFINISHED_FOR = timedelta(days=60)  # authorisations live 30 days at most
_SMALL = 2000  # as many customers or subscriptions are read anew each time, more of them once a day
_TOLERATED_LOSS = 50
_STATES = sorted(
    value
    for name, value in vars(Transaction.Status).items()
    if not name.startswith("_") and isinstance(value, str)
)


def load(settings: Settings, account: BraintreeAccount, progress: Progress | None = None) -> LoadReport:
    """Load one account: everything the first time, then what changed since. None is missed or doubled.

    Braintree's searches reach back without end, so a gap of any length needs no healing of its own.

    Raises:
        Transient: Braintree or the warehouse could not be reached; nothing of this load counts.
        Terminal: Braintree refuses the keys, or lists so little that it cannot be true.
    """
    with destination.open_pipeline(settings, _NAME) as pipeline, closing(BraintreeApi(account)) as api:
        return _Load(pipeline, api, account, progress).run()


def reread(settings: Settings, account: BraintreeAccount, targets: Iterable[tuple[str, str]]) -> LoadReport:
    """Load single objects anew, given as (Braintree's kind, id), with what changes along with them.

    Kinds that have no raw table are passed over. Cursors stay where they are.

    Raises:
        BillhouseError: see `load`.
    """
    with destination.open_pipeline(settings, _NAME) as pipeline, closing(BraintreeApi(account)) as api:
        return _Load(pipeline, api, account, None).objects(targets)


@dataclass
class Cursor:
    """How far one account has been followed. Times are Unix seconds of Braintree's clock, unless said."""

    newest: int = 0
    """The latest change of a transaction that was seen."""
    since: int = 0
    """From where the next load searches: before `newest` by the last load's duration and an overlap."""
    looked_at: int = 0
    """When everything was last looked at more deeply, by our clock; kept to the day."""
    summed_to: str = ""
    """The last day whose settlement batch summary was read, "2026-11-22"."""


class _Load:
    """One load of one account, from the choice of its mode to its report."""

    def __init__(
        self, pipeline: dlt.Pipeline, api: BraintreeApi, account: BraintreeAccount, progress: Progress | None
    ) -> None:
        self._started = time.monotonic()
        self._pipeline = pipeline
        self._account = account
        self._progress = progress
        state = destination.state(pipeline, _NAME)
        self._before: dict[str, Any] | None = state.get("accounts", {}).get(account.account)
        self._cursor = Cursor(**(self._before or {}))
        self._workers = min(_MOST_WORKERS, account.requests_per_second)
        self._stored = Stored(pipeline, account.account)
        self._batch = Batch.after(state.get("last_batch"), account.account, BRAINTREE.api_version)
        self._report = LoadReport(_NAME, account.account, Mode.CHANGES, self._batch.id)
        self._reader = Reader(api, account.opened, self._notice)
        self._newest = 0
        self._days: set[str] = set()

    def run(self) -> LoadReport:
        if self._before is None:
            self._report.mode = Mode.FIRST
            jobs = [self._reader.everything(kind) for kind in ("transaction", "customer", "subscription")]
            jobs += [self._reader.disputes(None, ()), *map(self._reader.whole, WHOLE)]
            stream = raw.gathered(chain(self._read(jobs), self._summaries()))
            return self._write(counted(stream, self._report), keeps_cursor=True)
        today = int(clock.now().timestamp())
        is_deep = abs(today - self._cursor.looked_at) >= _DAY  # a day ahead of us, our clock was wrong then
        jobs = [*self._changes(is_deep=is_deep), *self._rescans(is_deep=is_deep)]
        if is_deep:
            self._cursor.looked_at = today
        stream = raw.gathered(chain(self._read(jobs), self._summaries()))
        return self._write(changed_only(stream, self._stored, self._report), keeps_cursor=True)

    def objects(self, targets: Iterable[tuple[str, str]]) -> LoadReport:
        self._report.mode = Mode.OBJECTS
        jobs = [
            self._reader.one(kind, key, with_related=True)
            for kind, key in targets
            if kind in TABLE_OF and key
        ]
        stream = changed_only(raw.gathered(self._read(jobs)), self._stored, self._report)
        return self._write(stream, keeps_cursor=False)

    def _changes(self, *, is_deep: bool) -> Iterator[Job]:
        """What tells that a transaction or a dispute has changed since the last load."""
        cursor = self._cursor
        since = cursor.since
        if is_deep:
            since = min(since, cursor.newest - _DEEP_OVERLAP)
        start = max(windows.utc(since), datetime.combine(self._account.opened, datetime.min.time()))
        for field in windows.CHANGE_TIMES:
            yield self._reader.window(windows.since("transaction", field, start))
        born = windows.utc(cursor.newest) - _UNFINISHED_FOR
        for state, ids in self._stored.by_state("transactions", "status", UNFINISHED, born).items():
            yield self._reader.moved(state, ids, _STATES)
        undecided = self._stored.in_states("disputes", "status", UNDECIDED)
        yield self._reader.disputes(start.date() - timedelta(days=1), undecided)

    def _rescans(self, *, is_deep: bool) -> Iterator[Job]:
        """Customers and subscriptions, whose changes no search finds; and the small lists."""
        for kind in ("customer", "subscription"):
            table = TABLE_OF[kind]
            listed = self._reader.ids(kind)
            living = self._stored.living(table)
            missing = living - listed
            if len(missing) > max(_TOLERATED_LOSS, len(living) // 2):
                raise Terminal(
                    f"Braintree account {self._account.account} lists {len(listed)} {table}, where"
                    f" {len(living)} are stored. A list this short is not believed, and nothing was changed."
                    " Check its keys."
                )
            read = listed if is_deep or len(listed) <= _SMALL else listed - living
            yield from self._reader.objects(kind, sorted(read))
            yield from (self._reader.one(kind, key) for key in sorted(missing))
        for table in WHOLE:
            yield self._reader.whole(table, self._stored.living(table))

    def _summaries(self) -> Iterator[Rows]:
        """After everything else: the days that are over and on which something seen settled, or not read yet."""
        today = max(clock.now().date(), windows.utc(self._newest or self._cursor.newest).date())
        days = {date.fromisoformat(day) for day in self._days}
        after = (
            date.fromisoformat(self._cursor.summed_to) if self._cursor.summed_to else min(days, default=today)
        )
        days |= {after + timedelta(days=n) for n in range((today - after).days)}
        over = sorted(day for day in days if day < today)
        yield from self._read(self._reader.summary(day) for day in over)
        self._cursor.summed_to = max(self._cursor.summed_to, *(day.isoformat() for day in over[-1:]), "")

    def _notice(self, kind: str, things: list[Json]) -> None:
        """Remember what the next load and the summaries are decided by; called from several threads."""
        if kind == "transaction":
            self._newest = max(self._newest, newest(things))
            self._days.update(day for thing in things if (day := settlement_day(thing)))

    def _read(self, jobs: Iterable[Job]) -> Iterator[Rows]:
        for table, rows in crawl(jobs, self._workers):
            found = self._report.table(table)
            found.rows_fetched += len(rows)
            if self._progress is not None:
                self._progress(table, found.rows_fetched)
            yield table, rows

    def _moved_cursor(self) -> dict[str, Any]:
        """Return where the next load begins, once every row has been read.

        Whatever changed while this load was reading is dated before `newest` by no more than the load's duration.
        """
        cursor = self._cursor
        if self._newest > cursor.newest:
            taken = int(time.monotonic() - self._started) + 1
            cursor.newest = self._newest
            cursor.since = max(cursor.since, self._newest - taken - _OVERLAP)
        if not cursor.looked_at:
            cursor.looked_at = int(clock.now().timestamp())
        return asdict(cursor)

    def _write(self, stream: Generator[Rows], *, keeps_cursor: bool) -> LoadReport:
        """Load a stream as one package with the cursor it leads to; no package where nothing is new."""
        with closing(stream):
            head = next(stream, None)
            if head is not None or (keeps_cursor and self._moved_cursor() != self._before):
                lacking = set(TABLES) - set(destination.tables(self._pipeline))
                rows = stream if head is None else chain([head], stream)
                resource = raw.resource(lacking, self._batch, rows, self._keep(keeps_cursor=keeps_cursor))
                destination.run(self._pipeline, _NAME, resource)
        self._report.seconds = time.monotonic() - self._started
        return self._report

    def _keep(self, *, keeps_cursor: bool) -> Callable[[dict[str, Any]], None]:
        def finish(state: dict[str, Any]) -> None:
            state["last_batch"] = self._batch.id
            if keeps_cursor:
                state.setdefault("accounts", {})[self._batch.account] = self._moved_cursor()

        return finish
