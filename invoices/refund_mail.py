"""Outbox -> a mail that tells a customer of money on its way back. At least once, under the same Message-ID."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any

from sqlalchemy import Engine

from billing import clock
from billing.errors import BillhouseError, ConfigError, Refused, Terminal, Transient
from billing.money import Money
from billing.settings import Settings
from billing.settings_model import Mail
from billing.store import audit, outbox, transaction
from billing.store.outbox import REFUND_RECEIPT, Parcel
from billing.store.turn import turn
from billing.warehouse.reader import Reader
from invoices import mail
from invoices.due import can_receive
from invoices.issue import ACTOR

BATCH = 50
TURN = "refund mail"
_CHARGE = """
    select charge_ref, customer_email, explanation, method_brand, method_last4
    from charges where charge_ref = $ref"""


@dataclass(slots=True)
class RefundMailReport:
    """Letters sent and failed; `problem` is the first reason."""

    sent: int = 0
    failed: int = 0
    problem: str | None = None


def deliver(settings: Settings, engine: Engine, reader: Reader) -> RefundMailReport:
    """Mail every refund receipt that is due. Without mail settings they wait. Moves no money.

    Raises:
        NotFound: nothing was published yet.
    """
    report = RefundMailReport()
    if settings.mail is None or not (parcels := _due(engine)):
        return report
    try:
        with turn(engine, TURN), mail.connect(settings.mail) as server:
            while parcels:
                for parcel in parcels:
                    _deliver(settings, settings.mail, engine, reader, server, parcel, report)
                parcels = _due(engine)
    except (mail.ServerDown, mail.LineLost, ConfigError) as cause:
        report.problem = str(cause)
    return report


def _due(engine: Engine) -> list[Parcel]:
    with transaction(engine) as connection:
        return outbox.pending(connection, REFUND_RECEIPT, limit=BATCH)


def _deliver(
    settings: Settings, sender: Mail, engine: Engine, reader: Reader, server: Any, parcel: Parcel,
    report: RefundMailReport,
) -> None:  # fmt: skip
    """Send one letter and record it.

    Raises:
        ServerDown, LineLost, ConfigError: nothing more can be sent on this line.
    """
    try:
        letter = compose(settings, sender, parcel, _charge(reader, parcel))
        mail.send(server, sender, letter, parcel.key)
    except mail.ServerDown:
        raise
    except BillhouseError as cause:
        report.failed += 1
        report.problem = report.problem or str(cause)
        with transaction(engine) as connection:
            outbox.failed(connection, parcel, str(cause), final=isinstance(cause, Terminal))
        if isinstance(cause, mail.LineLost):
            raise
    else:
        report.sent += 1
        with transaction(engine) as connection:
            outbox.done(connection, parcel)
            audit.record(
                connection,
                audit.Entry(
                    "refund.receipt.mailed",
                    ACTOR,
                    object_ref=parcel.payload["refund_ref"],
                    data={"to": str(letter["To"]), "charge_ref": parcel.payload["charge_ref"]},
                ),
            )


def _charge(reader: Reader, parcel: Parcel) -> Mapping[str, Any]:
    """Return what the letter says of the charge.

    Raises:
        Transient: the published copy does not have it yet.
        Refused: nobody can be written to about it.
    """
    found = reader.rows(_CHARGE, {"ref": parcel.payload["charge_ref"]})
    if not found:
        raise Transient(f"{parcel.payload['charge_ref']} is not in the published copy yet.")
    if not can_receive(found[0]["customer_email"]):
        raise Refused(f"There is no address to tell of {parcel.key}.")
    return found[0]


def compose(settings: Settings, sender: Mail, parcel: Parcel, charge: Mapping[str, Any]) -> EmailMessage:
    """Write the letter; the same refund always gives the same Message-ID."""
    amount = Money(parcel.payload["amount_minor"], parcel.payload["currency"])
    card = f"{(charge['method_brand'] or 'your payment method').title()}"
    if charge["method_last4"]:
        card += f" ending in {charge['method_last4']}"
    seller = settings.company.name
    message = EmailMessage()
    message["From"] = Address(" ".join(seller.split()), addr_spec=sender.sender)
    message["To"] = charge["customer_email"]
    message["Subject"] = f"Your refund from {' '.join(seller.split())}: {amount}"
    message["Reply-To"] = sender.reply_to
    digest = hashlib.sha256(parcel.key.encode()).hexdigest()[:20]
    message["Message-ID"] = f"<refund.{digest}@{sender.sender.rpartition('@')[2]}>"
    message["Date"] = format_datetime(clock.now())
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(
        f"{amount} is on its way back to {card}.\n\n"
        f"It was paid for: {charge['explanation'] or 'your purchase'}\n"
        "Banks take up to 10 days to show it.\n\n"
        "A question? Reply to this e-mail and our support team sees this refund at once.\n\n"
        f"{seller} \u00b7 {', '.join(settings.company.address)}\n"
    )
    return message
