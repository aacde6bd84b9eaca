"""One full cycle: gateways -> raw -> marts -> checks -> published copy -> documents and helpdesks.

Loading, building and publishing happen under the writer lock; delivery reads the published copy without it.
One account that fails does not hold up the others: it is named in `problems`, and the command ends with 1.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from time import monotonic
from typing import Any

import helpdesk_sync.engine
import helpdesk_sync.notes
import invoices.notices
import invoices.refund_mail
import invoices.run
from actions.approvals import expire
from actions.reconcile import follow, settle
from actions.wiring import adapters
from billhouse.house import House
from billhouse.output import Progress
from billing.errors import BillhouseError
from billing.store import loads, transaction
from billing.warehouse import publish, writer_lock
from pipelines.build import BuildReport, build
from pipelines.due import ALL, due
from pipelines.operations import copy_store
from pipelines.run import accounts, load

log = logging.getLogger(__name__)


@dataclass
class CycleReport:
    """What a cycle did; all counts are 0 when nothing changed."""

    rows_changed: int = 0
    behind: list[dict[str, Any]] = field(default_factory=list)
    """Accounts whose latest load failed: since when each has not been read, in words too."""
    checks_passed: int = 0
    checks_failed: list[str] = field(default_factory=list)
    built: str = ""
    """Which models were built, and why these."""
    snapshot: str | None = None
    actions_settled: int = 0
    documents_issued: int = 0
    documents_skipped: dict[str, int] = field(default_factory=dict)
    """How many payments and refunds got no document, by reason."""
    mails_sent: int = 0
    notes_written: int = 0
    contacts_synced: int = 0
    helpdesk_writes: int = 0
    problems: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def is_green(self) -> bool:
        """Say whether everything worked and every check passed."""
        return not self.problems and not self.checks_failed

    def as_dict(self) -> dict[str, Any]:
        """Return the report as plain values."""
        return asdict(self)


def run_cycle(house: House, progress: Progress) -> CycleReport:
    """Run one cycle and report; failures of single accounts and deliveries are in the report, not raised.

    Raises:
        Transient: another writer held the warehouse too long, or the copy could not be published.
    """
    report = CycleReport()
    with _timed(report, "settle"), _kept(report, "Reconciling"):
        gateways = adapters(house.settings)
        settled = [*settle(house.engine, gateways), *follow(house.engine, gateways)]
        expire(house.engine)
        report.actions_settled = len(settled)
    with writer_lock(house.settings.warehouse):
        ingest(house, report, progress)
        if build_and_check(house, report, progress, only_due=True):
            with _timed(report, "publish"):
                report.snapshot = publish(house.settings.warehouse)
    if report.snapshot or not report.checks_failed:
        deliver(house, report, progress)
    return report


def ingest(house: House, report: CycleReport, progress: Progress, gateway: str | None = None) -> None:
    """Load every account (of one gateway, or of all) and then the operational store into raw."""
    with _timed(report, "ingest"):
        for name, account in accounts(house.settings, gateway):
            words = f"{name} {account.account}"
            with _kept(report, words), loads.noted(house.engine, name, account.account):
                loaded = load(house.settings, name, account, progress=progress)
                report.rows_changed += loaded.rows_changed
        report.behind += _behind(house, gateway)
        with _kept(report, "Copying the operational store"):
            copy_store(house.settings, house.engine)


def _behind(house: House, gateway: str | None) -> list[dict[str, Any]]:
    titles = {(name, account.account): account.title for name, account in accounts(house.settings, gateway)}
    with transaction(house.engine) as connection:
        found = [one for one in loads.last(connection, titles) if one.is_behind()]
    return [
        {
            "gateway": one.gateway,
            "account": one.account,
            "read_at": one.read_at.isoformat() if one.read_at else None,
            "words": one.words(titles[one.gateway, one.account]),
        }
        for one in found
    ]


def build_and_check(house: House, report: CycleReport, progress: Progress, *, only_due: bool = False) -> bool:
    """Build the models, run their checks, and say whether the marts are green; by `only_due`, what is due alone.

    The rule of what is due stands in `pipelines.due`. Where nothing is, the marts are green as they stand.
    """
    with _timed(report, "build"):
        wanted = due(house.settings) if only_due else ALL
        report.built = wanted.why if wanted else "nothing: no row is new"
        if wanted is None:
            return True
        built: BuildReport = build(house.settings, wanted.select, progress)
        report.checks_passed += built.passed
        report.checks_failed += built.failed
    return not built.failed


def deliver(house: House, report: CycleReport, progress: Progress, *, is_full: bool = True) -> None:
    """Write what changed into the helpdesks, where somebody waits for it; then issue and mail documents.

    A full one sweeps the helpdesks' contacts for new ones and reminds customers of what is due; otherwise only
    contacts already matched are brought up to date, which is quick enough to follow every webhook.
    """
    with _timed(report, "helpdesks"), _kept(report, "Helpdesks"):
        bring = helpdesk_sync.engine.sync if is_full else helpdesk_sync.engine.push
        synced = bring(house.settings, house.engine, house.reader, progress=progress)
        report.contacts_synced += synced.contacts_synced
        report.helpdesk_writes += synced.writes
        _note(report, "Helpdesks", synced.failed, synced.problem)
    with _timed(report, "notes"), _kept(report, "Ticket notes"):
        noted = helpdesk_sync.notes.deliver(house.settings, house.engine)
        report.notes_written += noted.written
        _note(report, "Ticket notes", noted.failed, noted.problem)
    with _timed(report, "documents"), _kept(report, "Documents"):
        issued = invoices.run.run(house.settings, house.engine, house.reader, progress=progress)
        report.documents_issued += issued.documents_issued
        report.documents_skipped = issued.skipped
        report.mails_sent += issued.mails_sent
        _note(report, "Documents", issued.mails_failed, issued.problem)
        told = invoices.refund_mail.deliver(house.settings, house.engine, house.reader)
        report.mails_sent += told.sent
        _note(report, "Refund mails", told.failed, told.problem)
    if is_full:
        with _timed(report, "notices"), _kept(report, "Notices"):
            reminded = invoices.notices.run(house.settings, house.engine, house.reader, progress)
            report.mails_sent += reminded.sent
            _note(report, "Notices", reminded.failed, reminded.problem)


def _note(report: CycleReport, what: str, failed: int, problem: str | None) -> None:
    """Keep what a delivery says went wrong; that there is no mail server is a choice, not a problem."""
    if failed:
        words = f"{failed} failed. {problem or ''}".strip()
        log.warning("%s: %s", what, words)
        report.problems.append(f"{what}: {words}")


@contextmanager
def _timed(report: CycleReport, stage: str) -> Iterator[None]:
    begun = monotonic()
    try:
        yield
    finally:
        report.seconds[stage] = round(report.seconds.get(stage, 0) + monotonic() - begun, 2)


@contextmanager
def _kept(report: CycleReport, what: str) -> Iterator[None]:
    """Turn an expected failure into a problem of the report, so that the other stages still run."""
    try:
        yield
    except BillhouseError as error:
        log.warning("%s: %s", what, error)
        report.problems.append(f"{what}: {error}")
