"""Reading jobs for one Braintree account: searches in windows, objects by their ids, whole lists."""

import threading
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import date, datetime, timedelta

import orjson
from braintree import DisputeSearch, TransactionSearch

from billing.errors import NotFound, Terminal
from gateways.braintree.api import PAGE_SIZE, BraintreeApi
from gateways.braintree.xmljson import Json
from pipelines.braintree import windows
from pipelines.braintree.objects import SUMMARIES, TABLE_OF, UNDECIDED, related, to_row
from pipelines.braintree.windows import Window
from pipelines.crawl import Emit, Job
from pipelines.raw import Row

_IDS_AT_ONCE = 500  # ids in one question whether their state has changed


class Reader:
    """Makes the jobs of one load. An id that several searches find is read once."""

    def __init__(self, api: BraintreeApi, opened: date, notice: Callable[[str, list[Json]], None]) -> None:
        self._api = api
        self._opened = datetime.combine(opened, datetime.min.time())
        self._notice = notice
        self._claimed: set[tuple[str, str]] = set()
        self._lock = threading.Lock()

    def everything(self, kind: str) -> Job:
        """Read all objects of a kind, by their time of creation."""
        return self.window(windows.since(kind, "created_at", self._opened))

    def window(self, window: Window) -> Job:
        """Read what one search finds; where it may be cut off, its two halves instead."""

        def run(_emit: Emit) -> Iterable[Job]:
            return self._by_ids(window.kind, self._ids(window))

        return Job(("window", *window.key), run)

    def ids(self, kind: str) -> set[str]:
        """Return the ids of all objects of a kind."""
        return set(self._ids(windows.since(kind, "created_at", self._opened)))

    def objects(self, kind: str, ids: Iterable[str]) -> list[Job]:
        """Read objects by their ids, a page at a time; those that are gone are left out."""
        return self._by_ids(kind, ids)

    def moved(self, state: str, ids: Sequence[str], states: Collection[str]) -> Job:
        """Ask which of these transactions have left a state, and read those."""
        others = sorted(set(states) - {state})

        def run(_emit: Emit) -> Iterable[Job]:
            found: list[str] = []
            for start in range(0, len(ids), _IDS_AT_ONCE):
                wanted = TransactionSearch.ids.in_list(list(ids[start : start + _IDS_AT_ONCE]))
                found += self._api.search_ids("transaction", wanted, TransactionSearch.status.in_list(others))
            return self._by_ids("transaction", found)

        return Job(("moved", state), run)

    def disputes(self, since: date | None, undecided: Collection[str]) -> Job:
        """Read the disputes that may have changed: received or decided since a day, undecided, or so when stored.

        Braintree knows only days of their changes. Without a day all are read.
        """
        if since is None:
            searches = [DisputeSearch.received_date >= self._opened]
        else:
            day = datetime.combine(since, datetime.min.time())
            searches = [
                DisputeSearch.received_date >= day,
                DisputeSearch.effective_date >= day,
                DisputeSearch.status.in_list(list(UNDECIDED)),
            ]

        def run(emit: Emit) -> Iterable[Job]:
            seen: dict[str, Json] = {}
            for search in searches:
                for page in self._api.disputes(search):
                    seen.update((one["id"], one) for one in page)
            emit("disputes", [to_row(one) for one in seen.values()])
            further = [self.one("dispute", key) for key in sorted(set(undecided) - set(seen))]
            sales = (key for one in seen.values() for _, key in related("dispute", one))
            return [*further, *self._by_ids("transaction", sales)]

        return Job(("disputes",), run)

    def whole(self, table: str, known: Collection[str] = ()) -> Job:
        """Read a small list whole; what was known and is no longer listed is gone."""

        def run(emit: Emit) -> Iterable[Job]:
            api = self._api
            found = api.merchant_accounts() if table == "merchant_accounts" else api.every(table)
            rows = [to_row(one) for one in found]
            gone = set(known) - {row.id for row in rows}
            emit(table, rows + [Row(key, None, None, is_deleted=True) for key in sorted(gone)])
            return ()

        return Job(("whole", table), run)

    def one(self, kind: str, object_id: str, *, with_related: bool = False) -> Job:
        """Read one object by its id; one that is gone becomes a row marked as deleted."""

        def run(emit: Emit) -> Iterable[Job]:
            try:
                thing = self._api.find(kind, object_id)
            except NotFound:
                emit(TABLE_OF[kind], [Row(object_id, None, None, is_deleted=True)])
                return ()
            self._emit(kind, [thing], emit)
            return [self.one(*pair) for pair in related(kind, thing)] if with_related else ()

        return Job(("object", kind, object_id), run)

    def summary(self, day: date) -> Job:
        """Read what settled on a day, as the settlement batch summary has it."""

        def run(emit: Emit) -> Iterable[Job]:
            found = self._api.settlement_batch_summary(day)
            begins = int((day - date(1970, 1, 1)) / timedelta(seconds=1))
            emit(SUMMARIES, [Row(day.isoformat(), begins, orjson.dumps(found).decode())])
            return ()

        return Job(("summary", day.isoformat()), run)

    def _ids(self, window: Window) -> list[str]:
        found = self._api.search_ids(window.kind, *window.terms())
        if len(found) < windows.MOST_IDS:
            return found
        halves = window.halves(self._opened)
        if halves is None:
            raise Terminal(
                f"Braintree account {self._api.account} has {len(found)} or more {window.kind}s of one minute"
                f" ({window.start}): its search cannot name them all."
            )
        return [key for half in halves for key in self._ids(half)]

    def _by_ids(self, kind: str, ids: Iterable[str]) -> list[Job]:
        with self._lock:
            fresh = [key for key in dict.fromkeys(ids) if (kind, key) not in self._claimed]
            self._claimed.update((kind, key) for key in fresh)
        pages = [fresh[start : start + PAGE_SIZE] for start in range(0, len(fresh), PAGE_SIZE)]
        return [self._page(kind, page) for page in pages]

    def _page(self, kind: str, ids: list[str]) -> Job:
        def run(emit: Emit) -> Iterable[Job]:
            things = self._api.search(kind, ids)
            self._emit(kind, things, emit)
            if kind != "transaction":
                return ()
            # A refund changes the sale that it belongs to, which no time of the sale's own tells.
            sales = (one["refunded-transaction-id"] for one in things if one.get("refunded-transaction-id"))
            return self._by_ids("transaction", sales)

        return Job(("page", kind, ids[0]), run)

    def _emit(self, kind: str, things: list[Json], emit: Emit) -> None:
        self._notice(kind, things)
        if things:
            emit(TABLE_OF[kind], [to_row(one) for one in things])
