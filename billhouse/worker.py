"""The warm worker: webhooks and our own actions -> re-read -> merged -> published, within seconds.

One process keeps dbt's manifest parsed, and what dbt compiled of it. It gathers what arrived in the last half
second, takes the writer lock, reads each object again from its gateway (a webhook's body is a hint, never the
truth), builds the models that those tables touch, publishes if every check is green, and tells helpdesks and
customers; finance's marts follow when it is quiet (`billhouse.finance_lag`). What fails stays in the inbox for
a later try. Dagster's sensor shows these runs and alarms when the beat stops.

Ticket events are attended to beside this, in a thread: a helpdesk that does not answer holds up no gateway's news.
"""

import logging
import signal
import threading
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from datetime import timedelta
from time import monotonic

from actions.approvals import expire
from actions.reconcile import settle
from actions.service import Desk
from actions.wiring import desk
from billhouse.cycle import CycleReport, deliver
from billhouse.finance_lag import FinanceLag
from billhouse.house import House
from billing import clock
from billing.errors import BillhouseError
from billing.store import checkpoints, inbox, transaction, worker_runs
from billing.store.clocktext import now_text
from billing.store.inbox import Hint
from billing.warehouse import publish, writer_lock
from gateways import REGISTRY
from helpdesk_sync import tickets
from pipelines.build import build
from pipelines.run import account_named, reread

log = logging.getLogger(__name__)

GATHER_SECONDS = 0.5
RECONCILE_EVERY = timedelta(seconds=15)
UNPUBLISHED = "worker.unpublished"


def run_worker(house: House, stop: threading.Event, on_run: Callable[[int, int], None] | None = None) -> None:
    """Work until `stop` is set; `on_run(hints, rows changed)` is told of every run."""
    there = desk(house.settings, house.engine)
    attending = _beside(house, stop)
    lag = FinanceLag()
    reconciled_at = clock.now() - RECONCILE_EVERY
    while not stop.is_set():
        with transaction(house.engine) as connection:
            worker_runs.beat(connection)
        if clock.now() - reconciled_at >= RECONCILE_EVERY:
            reconciled_at = clock.now()
            _reconcile(there)
        hints = take_in(house)
        if hints is None:
            _end_lag(house, lag)
        else:
            lag.grow()
            if on_run:
                on_run(*hints)
        stop.wait(GATHER_SECONDS)
    if attending.done():
        attending.result()


def attend_tickets(house: House, stop: threading.Event) -> None:
    """Attend to ticket events until `stop` is set; what fails is logged and tried again."""
    while not stop.is_set():
        try:
            report = tickets.attend(house.settings, house.engine, house.reader)
        except BillhouseError as failure:
            log.warning("Ticket events wait for the next try: %s", failure)
        else:
            if report.tickets:
                log.info("Ticket events: %s", report)
        stop.wait(GATHER_SECONDS)


def _beside(house: House, stop: threading.Event) -> Future[None]:
    """Attend to ticket events in a thread, which a long call to a helpdesk keeps no worker from ending."""
    attending: Future[None] = Future()

    def run() -> None:
        try:
            attend_tickets(house, stop)
        except Exception as broken:  # noqa: BLE001 - whatever broke is raised by the worker itself
            attending.set_exception(broken)
            stop.set()
        else:
            attending.set_result(None)

    threading.Thread(target=run, name="tickets", daemon=True).start()
    return attending


def stop_on_signals() -> threading.Event:
    """Return an event that SIGTERM and Ctrl-C set."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop


def take_in(house: House) -> tuple[int, int] | None:
    """Handle what is due in the inbox once; return (hints, raw rows changed), or None if nothing was due."""
    with transaction(house.engine) as connection:
        hints = inbox.pending(connection, sources=REGISTRY)
    if not hints:
        return None
    begun, started_at = monotonic(), now_text()
    changed, snapshot, error = 0, None, None
    try:
        with writer_lock(house.settings.warehouse):
            owed = _owe_publish(house)
            changed, tables, read = _read_again(house, hints)
            if changed or owed:
                snapshot = _publish(house, None if owed else sorted(tables))
        with transaction(house.engine) as connection:
            checkpoints.put(connection, UNPUBLISHED, "no")
            inbox.done(connection, [hint.id for hint in read])
        if snapshot:
            deliver(house, CycleReport(), _silent, is_full=False)
    except BillhouseError as failure:
        error = str(failure)
        log.warning("The worker's run failed and will be tried again: %s", failure)
        with transaction(house.engine) as connection:
            inbox.failed(connection, [hint.id for hint in hints], error)
    with transaction(house.engine) as connection:
        worker_runs.record(
            connection,
            started_at=started_at,
            milliseconds=int((monotonic() - begun) * 1000),
            events=len(hints),
            rows_changed=changed,
            snapshot=snapshot,
            error=error,
        )
    return len(hints), changed


def _read_again(house: House, hints: Sequence[Hint]) -> tuple[int, set[str], list[Hint]]:
    """Load the hints' objects, each once; return rows changed, tables touched, and the hints now done."""
    by_account: dict[tuple[str, str], list[Hint]] = defaultdict(list)
    for hint in hints:
        by_account[hint.gateway, hint.account].append(hint)
    changed, tables, read = 0, set[str](), list[Hint]()
    for (gateway, account), some in by_account.items():
        objects = sorted({(hint.object_kind, hint.object_id) for hint in some})
        try:
            report = reread(house.settings, gateway, account_named(house.settings, gateway, account), objects)
        except BillhouseError as failure:
            log.warning("%s %s could not be read again: %s", gateway, account, failure)
            with transaction(house.engine) as connection:
                inbox.failed(connection, [hint.id for hint in some], str(failure))
            continue
        changed += report.rows_changed
        tables |= {f"raw_{gateway}.{name}" for name, table in report.tables.items() if table.rows_changed}
        read += some
    return changed, tables, read


def _owe_publish(house: House) -> bool:
    """Note that raw may change now; return True if an earlier run changed it and died before it published."""
    with transaction(house.engine) as connection:
        owed = checkpoints.get(connection, UNPUBLISHED) == "yes"
        checkpoints.put(connection, UNPUBLISHED, "yes")
    return owed


def _publish(house: House, tables: Sequence[str] | None) -> str:
    """Build what these raw tables touch (None: everything) and publish it.

    Raises:
        BillhouseError: a check failed; the last good copy stays.
    """
    select = None if tables is None else " ".join(f"source:{table}+" for table in tables)
    built = build(house.settings, select=select, without_finance=True)
    if built.failed:
        raise BillhouseError(f"Checks failed, so nothing was published: {'; '.join(built.failed)}")
    return publish(house.settings.warehouse)


def _end_lag(house: House, lag: FinanceLag) -> None:
    try:
        lag.end_if_due(house)
    except BillhouseError as failure:
        log.warning("Finance's marts wait for the next news or cycle: %s", failure)


def _reconcile(there: Desk) -> None:
    try:
        settle(there.engine, there.gateways)
        expire(there.engine)
    except BillhouseError as failure:
        log.warning("Reconciling failed and will be tried again: %s", failure)


def _silent(_name: str, _total: int) -> None:
    """Progress that nobody watches."""
