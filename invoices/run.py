"""One invoice run: issue what is due, then mail what waits. Safe to run twice, and by two at once."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Engine

from billing.settings import Settings
from billing.warehouse.reader import Reader
from invoices import deliver, due, facts, issue, render

NO_MAIL = "There is no [mail] in billhouse.toml, so no receipts are issued."
Progress = Callable[[str, int], None]
"""Called now and then with what is being done and how many are done so far."""


@dataclass(frozen=True, slots=True)
class RunReport:
    """What a run did. `problem` says in words why mails still wait, if they do."""

    documents_issued: int
    mails_sent: int
    mails_failed: int
    without_address: int
    seconds: float
    problem: str | None = None


def run(
    settings: Settings, engine: Engine, reader: Reader, progress: Progress = lambda _what, _done: None
) -> RunReport:
    """Issue a receipt for each paid charge from the configured start on, and mail it.

    A charge without a usable e-mail address gets none; how many there are is reported. Without mail settings
    nothing is issued, and the first day is not set either.

    Raises:
        NotFound: nothing was published yet.
    """
    began = time.monotonic()
    if settings.mail is None:
        return RunReport(0, 0, 0, 0, time.monotonic() - began, NO_MAIL)
    issued = without_address = 0
    for page in due.pages(settings, engine, reader):
        drafts = facts.drafts(settings, reader, page.charges)
        issued += len(issue.issue(engine, settings.receipts.series, drafts))
        without_address += page.without_address
        progress("receipts issued", issued)
    with render.press() as press:
        sent = deliver.deliver(engine, settings.var, settings.mail, press, progress)
    return RunReport(issued, sent.sent, sent.failed, without_address, time.monotonic() - began, sent.problem)
