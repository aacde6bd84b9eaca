"""Open invoices -> drafts of payment requests, and those withdrawn whose invoice was paid before the mail went.

A request is no tax document, and no invoice: lines and taxes are as the gateway told them, none is split by rules.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, String, cast, select

from billing.settings import Settings
from billing.settings_documents import LegalEntity
from billing.store import audit, outbox, transaction
from billing.store.clocktext import to_text
from billing.store.outbox import Parcel
from billing.store.tables import documents
from billing.store.tables import outbox as outbox_table
from billing.warehouse.reader import Reader
from invoices import breakdown, due, issuer, parties, reading
from invoices.breakdown import Breakdown
from invoices.issue import ACTOR, TOPIC
from invoices.reading import Told
from invoices.snapshot import Draft, Issued, Kind, Line

Row = dict[str, Any]
NO_ADDRESS = "there is no e-mail address to send a payment request to"
NOTHING_DUE = "what is due is not a part of the invoice's total"
_WHY = "the invoice is open, and its gateway does not collect it by itself"


def drafts(settings: Settings, reader: Reader, invoices: Sequence[Row], skipped: Counter[str]) -> list[Draft]:
    """Draft a payment request for each open invoice, in their order; count those that get none in `skipped`.

    Raises:
        ConfigError: a legal entity's settings cannot be used, such as a logo that is not there.
    """
    made = []
    for invoice, told in zip(invoices, reading.read(reader, invoices), strict=True):
        draft = _draft(settings, invoice, told)
        if isinstance(draft, str):
            skipped[draft] += 1
        else:
            made.append(draft)
    return made


def _draft(settings: Settings, invoice: Row, told: Told) -> Draft | str:
    """Put one draft together, or say why there is none."""
    name, policy = parties.policy_of(settings, invoice["gateway"], invoice["account"])
    if policy == "none":
        return issuer.NO_DOCUMENTS
    if not due.can_receive(invoice["customer_email"]):
        return NO_ADDRESS
    if not 0 < invoice["due_minor"] <= invoice["total_minor"]:
        return NOTHING_DUE
    entity = settings.entity_of(invoice["gateway"], invoice["account"])
    buyer = parties.buyer(invoice, told.customer)
    items = _items(invoice, told)
    assert settings.mail is not None, "documents are only made where mail can be sent"
    return Draft(
        kind=Kind.PAYMENT_REQUEST,
        why=_WHY,
        language=parties.language(buyer.country, entity.language),
        look=parties.look(entity),
        seller=parties.seller(name, entity),
        buyer=buyer,
        reply_to=entity.reply_to or settings.mail.reply_to,
        object_ref=invoice["invoice_ref"],
        charge_ref="",
        charge_id="",
        invoice_number=invoice["number"],
        is_tax_invoice=bool(invoice["is_tax_invoice"]),
        paid_at=to_text(_due_at(invoice, entity)),
        pay_url=due.pay_url(invoice["hosted_url"]),
        method=None,
        time_zone=entity.time_zone,
        currency=invoice["currency"],
        lines=items.lines,
        taxes=items.taxes,
        net_minor=items.total_minor - items.tax_minor,
        tax_minor=items.tax_minor,
        total_minor=items.total_minor,
        paid_minor=items.total_minor - invoice["due_minor"],
        refunded_minor=0,
    )


def _due_at(invoice: Row, entity: LegalEntity) -> datetime:
    """Return when it is due: when it was made, where the gateway told no day."""
    if invoice["due_at"]:
        return due.due_at(invoice["due_at"], entity.time_zone)
    moved_at: datetime = invoice["moved_at"]
    return moved_at.replace(tzinfo=UTC)


def _items(invoice: Row, told: Told) -> Breakdown:
    """Return the lines and taxes that the gateway told; the whole as one line where they do not add up."""
    found = breakdown.of_invoice(invoice, invoice, told.lines, told.taxes)
    whole = Line(description=invoice["number"] or "Payment", net_minor=invoice["total_minor"])
    return found or Breakdown((whole,), (), is_taxed=False)


def withdraw_settled(engine: Engine, reader: Reader) -> int:
    """Take the mails of requests out that ask for more than is still due; return how many. The document stays."""
    with transaction(engine) as connection:
        waiting = _waiting(connection)
        due_minor = due.still_due(reader, [issued.object_ref for _, issued in waiting])
        settled = [pair for pair in waiting if due_minor.get(pair[1].object_ref, 0) < pair[1].sum_minor]
        for parcel, issued in settled:
            outbox.withdraw(connection, parcel)
            audit.record(
                connection,
                audit.Entry(
                    type="document.not_mailed",
                    actor=ACTOR,
                    object_ref=issued.object_ref,
                    reason="What it asks for is not due any more.",
                    data={"label": issued.label, "to": issued.buyer.email},
                ),
            )
    return len(settled)


def _waiting(connection: Connection) -> list[tuple[Parcel, Issued]]:
    """Return the requests whose mail is still to go, with the outbox's entry of each."""
    query = (
        select(documents.c.snapshot, outbox_table.c.id, outbox_table.c.key, outbox_table.c.attempts)
        .join(outbox_table, outbox_table.c.key == cast(documents.c.id, String))
        .where(outbox_table.c.topic == TOPIC, outbox_table.c.state == "pending")
        .where(documents.c.kind == Kind.PAYMENT_REQUEST)
    )
    return [
        (Parcel(row.id, TOPIC, row.key, {}, row.attempts), Issued.model_validate_json(row.snapshot))
        for row in connection.execute(query)
    ]
