"""One invoice run: issue what is due, then mail what waits. Safe to run twice, and by many at once."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import partial

from sqlalchemy import Engine

from billing.settings import Settings
from billing.warehouse.reader import Reader
from invoices import archive, corrections, deliver, due, facts, issue, render, requests, tax
from invoices.parties import JudgeTaxId
from invoices.tax.vies import Vies

NO_MAIL = "There is no [mail] in billhouse.toml, so no documents are issued."
Progress = Callable[[str, int], None]
"""Called now and then with what is being done and how many are done so far."""


@dataclass(frozen=True, slots=True)
class RunReport:
    """What a run did. `skipped` counts what got no document, by reason; `problem` says why mails still wait."""

    documents_issued: int
    mails_sent: int
    mails_failed: int
    seconds: float
    problem: str | None = None
    skipped: dict[str, int] = field(default_factory=dict)


def run(
    settings: Settings,
    engine: Engine,
    reader: Reader,
    progress: Progress = lambda _what, _done: None,
    *,
    day: date | None = None,
) -> RunReport:
    """Issue a document for each paid charge and each refund from the configured start on, and mail it.

    So it does for each invoice that waits for its customer, where the settings want payment requests. With `day`,
    only what was paid, refunded or invoiced on that day of the company's is issued; mails go out all the same.
    Without mail settings nothing is issued, and the first day is not set either.

    Raises:
        NotFound: nothing was published yet.
    """
    began = time.monotonic()
    if settings.mail is None:
        return RunReport(0, 0, 0, time.monotonic() - began, NO_MAIL)
    issued, skipped = issue_due(settings, engine, reader, progress, day=day)
    requests.withdraw_settled(engine, reader)
    kept = archive.storage(settings)
    with render.press() as press:
        sent = deliver.deliver(engine, kept, settings.mail, press, progress)
    seconds = time.monotonic() - began
    return RunReport(issued, sent.sent, sent.failed, seconds, sent.problem, dict(skipped))


def issue_due(
    settings: Settings,
    engine: Engine,
    reader: Reader,
    progress: Progress = lambda _what, _done: None,
    *,
    day: date | None = None,
) -> tuple[int, Counter[str]]:
    """Issue without mailing; return how many documents, and what got none by reason.

    Charges come first: a refund needs the document of its payment.
    """
    prefixes = {name: entity.series for name, entity in settings.entities.items()}
    within = due.span(settings, engine, day)
    skipped: Counter[str] = Counter()
    issued = 0
    with _judge(settings) as judge:
        for page in due.charges(reader, engine, within):
            drafts = facts.drafts(settings, reader, page, skipped, judge)
            issued += len(issue.issue(engine, prefixes, drafts))
            progress("documents issued", issued)
    for page in due.refunds(reader, engine, within):
        make = partial(corrections.drafts, refunds=page, skipped=skipped)
        issued += len(issue.issue_made(engine, prefixes, make))
        progress("documents issued", issued)
    if settings.documents.payment_requests:
        for page in due.open_invoices(reader, engine, within):
            asked = requests.drafts(settings, reader, page, skipped)
            issued += len(issue.issue(engine, prefixes, asked))
            progress("documents issued", issued)
    return issued, skipped


@contextmanager
def _judge(settings: Settings) -> Iterator[JudgeTaxId]:
    """Give what judges tax ids during a run: the EU's register where the settings ask for it, else their form."""
    if settings.documents.vies_url is None:
        yield tax.tax_id_state
        return
    with Vies(settings.documents.vies_url) as vies:
        yield vies.check
