"""Outbox -> mail: what was issued is sent, at least once, by one process at a time."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from billing.errors import BillhouseError, ConfigError, Refused, Transient
from billing.settings_model import Mail
from billing.store import audit, outbox, transaction
from billing.store.outbox import Parcel
from billing.store.turn import turn
from invoices import archive, mail
from invoices.archive import Document
from invoices.issue import ACTOR, TOPIC
from invoices.render import NotPrinted, Press

BATCH = 50
TURN = "mailing"


@dataclass(slots=True)
class Delivery:
    """Letters sent, letters that failed (now or for good), and what is wrong with the server, if anything is."""

    sent: int = 0
    failed: int = 0
    problem: str | None = None


def deliver(
    engine: Engine, var: Path, settings: Mail, press: Press, progress: Callable[[str, int], None]
) -> Delivery:
    """Send everything that is due. A server that takes nothing ends the run; its letters wait, none is blamed."""
    report = Delivery()
    try:
        with turn(engine, TURN):
            while parcels := _due(engine):
                _deliver_batch(engine, var, settings, press, parcels, report)
                progress("receipts mailed", report.sent)
    except (Transient, ConfigError) as cause:
        report.problem = str(cause)
    return report


def _due(engine: Engine) -> list[Parcel]:
    with transaction(engine) as connection:
        return outbox.pending(connection, TOPIC, limit=BATCH)


def _deliver_batch(
    engine: Engine, var: Path, settings: Mail, press: Press, parcels: list[Parcel], report: Delivery
) -> None:
    """Send letters one by one; each one's outcome is in the store before the next is sent.

    Raises:
        ServerDown, ConfigError: nothing can be sent at the moment; what was not sent stays as it was.
    """
    documents = {one.id: one for one in archive.load(engine, [_id(parcel) for parcel in parcels])}
    pdfs = archive.pdfs(engine, var, list(documents.values()), press)
    with mail.connect(settings) as server:
        for parcel in parcels:
            document = documents[_id(parcel)]
            try:
                pdf = pdfs[document.id]
                if isinstance(pdf, NotPrinted):
                    raise pdf
                mail.send(server, settings, mail.compose(settings, document, pdf), document.label)
            except mail.ServerDown:
                raise
            except BillhouseError as cause:
                _failed(engine, parcel, document, cause)
                report.failed += 1
                if isinstance(cause, mail.LineLost):
                    return  # the next batch gets a new line, on which this letter is not the first
            else:
                _sent(engine, parcel, document)
                report.sent += 1


def _id(parcel: Parcel) -> int:
    return int(parcel.payload["document_id"])


def _sent(engine: Engine, parcel: Parcel, document: Document) -> None:
    with transaction(engine) as connection:
        outbox.done(connection, parcel)
        audit.record(connection, _entry("document.mailed", document))


def _failed(engine: Engine, parcel: Parcel, document: Document, cause: BillhouseError) -> None:
    final = isinstance(cause, Refused)
    with transaction(engine) as connection:
        outbox.failed(connection, parcel, str(cause), final=final)
        if final:
            audit.record(connection, _entry("document.mail_failed", document, str(cause)))


def _entry(kind: str, document: Document, reason: str | None = None) -> audit.Entry:
    return audit.Entry(
        type=kind,
        actor=ACTOR,
        object_ref=document.receipt.charge_ref,
        reason=reason,
        data={"label": document.label, "to": document.email},
    )
