"""Outbox -> internal notes on tickets: what was done to a customer's billing, at least once and never twice.

The ticket says where: "zendesk:zendesk:4711", or "4711" alone where there is one helpdesk account. A note that
fails is tried again later; it never undoes or blocks the action that it tells of.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine

from billing.errors import BillhouseError, Refused, Terminal
from billing.settings import Settings
from billing.store import outbox, transaction
from billing.store.outbox import TICKET_NOTE, Parcel
from billing.store.turn import turn
from helpdesk_sync.ports import Helpdesk
from helpdesk_sync.registry import helpdesks

BATCH = 50
TURN = "ticket notes"


@dataclass(slots=True)
class NotesReport:
    """Notes written, and those that failed (now or for good); `problem` is the first reason."""

    written: int = 0
    failed: int = 0
    problem: str | None = None


def deliver(settings: Settings, engine: Engine) -> NotesReport:
    """Write every note that is due. Moves no money.

    Raises:
        Transient: another process has been writing notes for more than a minute.
    """
    report = NotesReport()
    with transaction(engine) as connection:
        if not outbox.pending(connection, TICKET_NOTE, limit=1):
            return report
    desks = {desk.name: desk for desk in helpdesks(settings)}
    try:
        with turn(engine, TURN):
            while parcels := _due(engine):
                for parcel in parcels:
                    _deliver(engine, desks, parcel, report)
    finally:
        for desk in desks.values():
            desk.close()
    return report


def _due(engine: Engine) -> list[Parcel]:
    with transaction(engine) as connection:
        return outbox.pending(connection, TICKET_NOTE, limit=BATCH)


def _deliver(engine: Engine, desks: Mapping[str, Helpdesk], parcel: Parcel, report: NotesReport) -> None:
    try:
        desk, ticket_id = _place(desks, str(parcel.payload["ticket"]))
        desk.note(ticket_id, marker(parcel.key), text(parcel))
    except BillhouseError as cause:
        report.failed += 1
        report.problem = report.problem or str(cause)
        with transaction(engine) as connection:
            outbox.failed(connection, parcel, str(cause), final=isinstance(cause, Terminal))
    else:
        report.written += 1
        with transaction(engine) as connection:
            outbox.done(connection, parcel)


def _place(desks: Mapping[str, Helpdesk], ticket: str) -> tuple[Helpdesk, str]:
    """Find the helpdesk account and the ticket's id there.

    Raises:
        Refused: no configured account is meant, or the id is not a number.
    """
    name, _, ticket_id = ticket.rpartition(":")
    if not name and len(desks) == 1:
        name = next(iter(desks))
    if name not in desks or not ticket_id.isdigit():
        known = ", ".join(desks) or "none"
        raise Refused(f"{ticket!r} names no ticket of a helpdesk in billhouse.toml ({known}).")
    return desks[name], ticket_id


def marker(key: str) -> str:
    """Return the words by which a note is recognised as written."""
    return f"Billhouse {key}"


def text(parcel: Parcel) -> str:
    """Write the note: what happened, who did it and why, and its marker."""
    said: Mapping[str, Any] = parcel.payload
    by = f"By {said['actor']}" + (f", approved by {said['approver']}" if said["approver"] else "")
    why = f"Reason: {said['reason']}" + (f" ({said['note']})" if said["note"] else "")
    lines = [said["message"], said["url"], f"{by}. {why}.", f"{said['target']} \u00b7 {marker(parcel.key)}"]
    return "\n".join(line for line in lines if line)
