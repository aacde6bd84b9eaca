"""What was done here to a customer's billing, newest first: what, by whom, why, and on which ticket."""

from collections.abc import Sequence
from datetime import datetime

from actions.store import Request
from actions.wording import WORDS, say
from billing import clock
from billing.store import audit, transaction
from billing.store.audit import Actor
from billing.verbs import REASONS, Verb
from billing.vocabulary import OPEN_ACTIONS, ActionStatus, Channel
from billing.warehouse.customers import CustomerPage
from billing.warehouse.wording import day
from portal.panel.house import House
from portal.panel.model import LogLine

MOST = 8
_NOTE = "customer.note.added"
_STILL = {
    **dict.fromkeys(OPEN_ACTIONS, "no outcome yet"),
    ActionStatus.PENDING: "the gateway is still carrying it out",
    ActionStatus.AWAITING_APPROVAL: "waits for approval",
}


def lines(house: House, page: CustomerPage, done: Sequence[Request]) -> tuple[LogLine, ...]:
    """Return the newest acts and notes about a customer."""
    found = [(request.requested_at, _line(request)) for request in done[:MOST]]
    if ref := page.customer["customer_ref"]:
        with transaction(house.engine) as connection:
            notes = audit.entries(connection, object_ref=ref, kind=_NOTE, limit=MOST)
        found += [(at := datetime.fromisoformat(note["occurred_at"]), _note(note, at)) for note in notes]
    found.sort(key=lambda one: one[0], reverse=True)
    return tuple(line for _, line in found[:MOST])


def _line(request: Request) -> LogLine:
    words = say(WORDS[request.verb].done, request.amount)
    if request.verb is Verb.REFUND and request.amount:
        words = f"{request.amount} refunded"
    if still := _STILL.get(request.status):
        words = f"{say(WORDS[request.verb].thing, request.amount)}: {still}"
    about = [REASONS.get(request.reason, request.reason).lower()]
    about += [f"ticket {request.ticket.rpartition(':')[2]}"] if request.ticket else []
    about += [request.note] if request.note else []
    return LogLine(_when(request.requested_at), _who(request.actor), words, ", ".join(about))


def _note(note: dict[str, object], at: datetime) -> LogLine:
    data = note["data"]
    text = str(data.get("note", "")) if isinstance(data, dict) else ""
    return LogLine(_when(at), str(note["actor"]).partition("@")[0].capitalize(), f"noted: {text}", "")


def _who(actor: Actor) -> str:
    if actor.channel is Channel.PORTAL:
        return "Customer"
    return actor.name.partition("@")[0].capitalize()


def _when(at: datetime) -> str:
    today = clock.now().date()
    return f"Today {at:%H:%M}" if at.date() == today else day(at)
