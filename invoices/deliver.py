"""Outbox -> mail: issued documents are sent at least once, by one process at a time."""

from collections.abc import Callable
from email.message import EmailMessage
from functools import partial

from sqlalchemy import Engine

from billing.errors import ConfigError, Terminal, Transient
from billing.settings_model import Mail
from billing.store import outbox, sent_mail, transaction
from billing.store.mail_preferences import Topic
from billing.store.outbox import DOCUMENT_AGAIN, Parcel
from billing.store.turn import turn
from invoices import archive, mail, postman
from invoices.archive import Document, Files, Storage
from invoices.issue import TOPIC
from invoices.mail import Again
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
    """Send every document that is due, then those that somebody asked for again.

    A server that takes nothing ends the run; its letters wait, unblamed.
    """
    report = Delivery()
    try:
        with turn(engine, TURN):
            for topic in (TOPIC, DOCUMENT_AGAIN):
                while parcels := _due(engine, topic):
                    postman.carry(engine, settings, _posts(engine, kept, settings, press, parcels), report)
                    progress("documents mailed", report.sent)
    except (Transient, ConfigError) as cause:
        report.problem = str(cause)
    return report


def _due(engine: Engine, topic: str) -> list[Parcel]:
    with transaction(engine) as connection:
        return outbox.pending(connection, topic, limit=BATCH)


def _posts(engine: Engine, kept: Storage, settings: Mail, press: Press, parcels: list[Parcel]) -> list[Post]:
    """Make the files of a batch and address its letters."""
    documents = {one.id: one for one in archive.load(engine, [_id(parcel) for parcel in parcels])}
    made = archive.files(engine, kept, list(documents.values()), press)
    return [_post(engine, settings, parcel, documents[_id(parcel)], made[_id(parcel)]) for parcel in parcels]


def _post(engine: Engine, settings: Mail, parcel: Parcel, document: Document, made: Files | Terminal) -> Post:
    issued, again = document.issued, _again(parcel)
    return Post(
        parcel=parcel,
        about="document",
        to=again.to if again else document.email,
        object_ref=issued.charge_ref or issued.object_ref,  # reminders of an invoice answer to its request
        label=document.label,
        topic=None if again else _TOPICS[issued.kind],
        write=partial(_write, engine, settings, document, made, again),
        is_due_anyway=again is not None or issued.kind.is_tax_document,
    )


def _again(parcel: Parcel) -> Again | None:
    """Return what somebody asked for; None for the one letter that each document has by itself."""
    if parcel.topic != DOCUMENT_AGAIN:
        return None
    return Again(parcel.payload["to"], parcel.payload["asked_at"], parcel.key)


def _write(
    engine: Engine, settings: Mail, document: Document, made: Files | Terminal, again: Again | None
) -> EmailMessage:
    """Write the mail of a document.

    One that is sent again answers to its first mail, one that corrects another to the mail that brought that, that
    of a payment to the first about its invoice.

    Raises:
        Terminal: the document must not be delivered, and why.
    """
    if isinstance(made, Terminal):
        raise made
    issued, earlier = document.issued, None
    with transaction(engine) as connection:
        if again:
            first = sent_mail.of_document(connection, document.label)
            earlier = first if first and first.topic == TOPIC else None
        elif issued.corrects_label:
            earlier = sent_mail.of_document(connection, issued.corrects_label)
        elif issued.invoice_ref:
            earlier = sent_mail.about(connection, issued.invoice_ref)
    answers = earlier.message_id if earlier else None
    return mail.compose_document(settings, document, made.pdf, answers, again)


def _id(parcel: Parcel) -> int:
    return int(parcel.payload["document_id"])
