"""Outbox -> mail: what was issued is sent, at least once, by however many processes at a time."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from billing.errors import BillhouseError, ConfigError, Refused
from billing.settings_model import Mail
from billing.store import audit, outbox, transaction
from billing.store.outbox import Parcel
from invoices import archive, mail
from invoices.archive import Document
from invoices.issue import ACTOR, TOPIC
from invoices.render import Press

BATCH = 20
HOLD = 1200  # seconds: longer than a batch can take even when every letter runs into its time-out
PAUSE = 60  # seconds until a mail server that takes nothing is tried again


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
    while report.problem is None:
        with transaction(engine) as connection:
            parcels = outbox.claim(connection, TOPIC, limit=BATCH, seconds=HOLD)
        if not parcels:
            break
        documents = {one.id: one for one in archive.load(engine, [_id(parcel) for parcel in parcels])}
        pdfs = archive.pdfs(engine, var, list(documents.values()), press)
        waiting = deque(parcels)
        try:
            with mail.connect(settings) as server:
                while waiting:
                    parcel = waiting[0]
                    document = documents[_id(parcel)]
                    try:
                        mail.send(server, settings, document, pdfs[document.id])
                    except mail.ServerDown:
                        raise
                    except BillhouseError as cause:
                        _failed(engine, parcel, document, cause)
                        report.failed += 1
                    else:
                        _sent(engine, parcel, document)
                        report.sent += 1
                    waiting.popleft()
                    progress("receipts mailed", report.sent)
        except (mail.ServerDown, ConfigError) as cause:
            report.problem = str(cause)
        finally:
            with transaction(engine) as connection:
                outbox.release(connection, list(waiting), seconds=PAUSE)
    return report


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
