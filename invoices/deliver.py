"""Outbox -> mail: issued documents are sent at least once, by one process at a time."""

from collections.abc import Callable
from email.message import EmailMessage
from functools import partial

from sqlalchemy import Engine

from billing.errors import ConfigError, Terminal, Transient
from billing.settings_model import Mail
from billing.store import outbox, sent_mail, transaction
from billing.store.mail_preferences import Topic
from billing.store.outbox import Parcel
from billing.store.turn import turn
from invoices import archive, mail, postman
from invoices.archive import Document, Files, Storage
from invoices.issue import TOPIC
from invoices.postman import Delivery, Post
from invoices.render import Press
from invoices.snapshot import Kind

BATCH = 50
TURN = "mailing"
_TOPICS = {
    Kind.INVOICE: Topic.RECEIPTS,
    Kind.RECEIPT: Topic.RECEIPTS,
    Kind.BRANDED_COPY: Topic.RECEIPTS,
    Kind.CREDIT_NOTE: Topic.REFUNDS,
    Kind.REFUND_RECEIPT: Topic.REFUNDS,
    Kind.PAYMENT_REQUEST: None,  # who owes money is told so
}


def deliver(
    engine: Engine, kept: Storage, settings: Mail, press: Press, progress: Callable[[str, int], None]
) -> Delivery:
    """Send every document that is due. A server that takes nothing ends the run; its letters wait, unblamed."""
    report = Delivery()
    try:
        with turn(engine, TURN):
            while parcels := _due(engine):
                postman.carry(engine, settings, _posts(engine, kept, settings, press, parcels), report)
                progress("documents mailed", report.sent)
    except (Transient, ConfigError) as cause:
        report.problem = str(cause)
    return report


def _due(engine: Engine) -> list[Parcel]:
    with transaction(engine) as connection:
        return outbox.pending(connection, TOPIC, limit=BATCH)


def _posts(engine: Engine, kept: Storage, settings: Mail, press: Press, parcels: list[Parcel]) -> list[Post]:
    """Make the files of a batch and address its letters."""
    documents = {one.id: one for one in archive.load(engine, [_id(parcel) for parcel in parcels])}
    made = archive.files(engine, kept, list(documents.values()), press)
    return [_post(engine, settings, parcel, documents[_id(parcel)], made[_id(parcel)]) for parcel in parcels]


def _post(engine: Engine, settings: Mail, parcel: Parcel, document: Document, made: Files | Terminal) -> Post:
    issued = document.issued
    is_request = issued.kind is Kind.PAYMENT_REQUEST  # of an invoice, whose reminders answer to this mail
    return Post(
        parcel=parcel,
        about="document",
        to=document.email,
        object_ref=issued.object_ref if is_request else issued.charge_ref,
        label=document.label,
        topic=_TOPICS[issued.kind],
        write=partial(_write, engine, settings, document, made),
        is_due_anyway=issued.kind.is_tax_document,
    )


def _write(engine: Engine, settings: Mail, document: Document, made: Files | Terminal) -> EmailMessage:
    """Write the mail of a document; one that corrects another answers to the mail that brought it.

    Raises:
        Terminal: the document must not be delivered, and why.
    """
    if isinstance(made, Terminal):
        raise made
    corrected = None
    if document.issued.corrects_label:
        with transaction(engine) as connection:
            corrected = sent_mail.of_document(connection, document.issued.corrects_label)
    return mail.compose_document(settings, document, made.pdf, corrected.message_id if corrected else None)


def _id(parcel: Parcel) -> int:
    return int(parcel.payload["document_id"])
