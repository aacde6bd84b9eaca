"""Outbox -> word of money on its way back, where no document says so. At least once, under the same Message-ID.

A refund that staff made is answered by the credit note or refund receipt that the invoice run issues for it, which
has a mail of its own. Only where none is issued (the payment was before the start, say) is this short letter sent.
"""

import hashlib
from email.message import EmailMessage
from functools import partial
from typing import Any

from jinja2 import Environment
from sqlalchemy import Engine, select

from billing import clock
from billing.errors import ConfigError, Transient
from billing.money import Money
from billing.settings import Settings
from billing.settings_model import Mail
from billing.store import outbox, transaction
from billing.store.clocktext import to_text
from billing.store.mail_preferences import Topic
from billing.store.outbox import REFUND_RECEIPT, Parcel
from billing.store.tables import documents
from billing.store.turn import turn
from billing.vocabulary import RefundStatus
from billing.warehouse.reader import Reader, one
from invoices import mail, parties, postman
from invoices.due import can_receive
from invoices.mail import Letter
from invoices.postman import Delivery, Post
from invoices.snapshot import Kind

BATCH = 50
TURN = "refund mail"
_REFUND = """
    select r.status, h.charge_ref, h.gateway, h.account, h.customer_email, h.explanation, h.method_brand,
        h.method_last4, h.method_type
    from refunds r join charges h on h.charge_ref = $charge_ref where r.refund_ref = $refund_ref"""
_HTML = Environment(autoescape=True).from_string(
    "<!doctype html><html lang='en'><body>"
    "{% for one in text.split('\n\n') %}<p>{{ one }}</p>{% endfor %}</body></html>"
)


def deliver(settings: Settings, engine: Engine, reader: Reader) -> Delivery:
    """Mail what no document tells; to be called after the invoice run. Without mail settings it waits.

    Raises:
        NotFound: nothing was published yet.
    """
    report = Delivery()
    if settings.mail is None:
        return report
    try:
        with turn(engine, TURN):
            while parcels := _due(engine):
                posts = [
                    post for parcel in parcels if (post := _post(settings, engine, reader, parcel, report))
                ]
                if posts:
                    postman.carry(engine, settings.mail, posts, report)
    except (Transient, ConfigError) as cause:
        report.problem = str(cause)
    return report


def _due(engine: Engine) -> list[Parcel]:
    with transaction(engine) as connection:
        return outbox.pending(connection, REFUND_RECEIPT, limit=BATCH)


def _post(
    settings: Settings, engine: Engine, reader: Reader, parcel: Parcel, report: Delivery
) -> Post | None:
    """Address a letter; None where there is none to send, now or ever, which is noted."""
    said = parcel.payload
    row = one(reader, _REFUND, {"refund_ref": said["refund_ref"], "charge_ref": said["charge_ref"]})
    with transaction(engine) as connection:
        if _has_document(connection, said["refund_ref"]):
            outbox.done(connection, parcel)
        elif row is None or row["status"] == RefundStatus.PENDING:
            words = f"{said['refund_ref']} is not settled in the published copy yet."
            outbox.failed(connection, parcel, words, is_outage=True)
        elif row["status"] == RefundStatus.FAILED:
            outbox.withdraw(connection, parcel)
        elif not can_receive(row["customer_email"]):
            report.failed += 1
            report.problem = report.problem or f"There is no address to tell of {parcel.key}."
            outbox.failed(connection, parcel, report.problem, final=True)
        else:
            assert settings.mail is not None
            return Post(
                parcel=parcel,
                about="refund",
                to=row["customer_email"],
                object_ref=said["refund_ref"],
                label=None,
                topic=Topic.REFUNDS,
                write=partial(compose, settings, settings.mail, parcel, row),
            )
    return None


def _has_document(connection: Any, refund_ref: str) -> bool:
    kinds = [kind.value for kind in Kind if kind.is_refund]
    query = select(documents.c.id).where(documents.c.object_ref == refund_ref, documents.c.kind.in_(kinds))
    return connection.execute(query).first() is not None


def compose(settings: Settings, sender: Mail, parcel: Parcel, charge: dict[str, Any]) -> EmailMessage:
    """Write the letter; the same refund always gives the same Message-ID."""
    amount = Money(parcel.payload["amount_minor"], parcel.payload["currency"])
    entity = settings.entity_of(charge["gateway"], charge["account"])
    text = (
        f"{amount} is on its way back to {parties.method(charge) or 'your payment method'}.\n\n"
        f"It was paid for: {charge['explanation'] or 'your purchase'}\n"
        "Banks take up to 10 days to show it.\n\n"
        "A question? Reply to this e-mail and our support team sees this refund at once.\n\n"
        f"{entity.name} \u00b7 {', '.join(entity.address)}\n"
    )
    letter = Letter(
        message_id=mail.message_id(sender, "refund", hashlib.sha256(parcel.key.encode()).hexdigest()),
        sender_name=entity.name,
        to=charge["customer_email"],
        reply_to=entity.reply_to or sender.reply_to,
        subject=f"Your refund from {entity.name}: {amount}",
        written_at=to_text(clock.now()),
        text=text,
        html=_HTML.render(text=text),
    )
    return mail.compose(sender, letter)
