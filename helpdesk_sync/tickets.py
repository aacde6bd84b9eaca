"""Ticket events -> one internal note with the requester's billing, and another only once that has changed.

An event is a hint: the ticket is read again. The note's marker is made of what it says and of what was said before,
so that a crash between writing and remembering never writes twice. What fails stays in the inbox, with its reason.
Reads the published copy alone and never waits for the warehouse's writer.
"""

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Engine

from billing.errors import BadCredential, BillhouseError, NotFound, Refused, Terminal
from billing.settings import Settings
from billing.settings_helpdesks import Helpdesks
from billing.store import document_labels, inbox, ticket_contexts, transaction
from billing.store.inbox import Hint
from billing.store.turn import turn
from billing.warehouse import matching, wording
from billing.warehouse.reader import Reader, snapshot
from helpdesk_sync import candidates, context_note, named_documents
from helpdesk_sync.outages import Outages
from helpdesk_sync.ports import Helpdesk
from helpdesk_sync.registry import helpdesks

log = logging.getLogger(__name__)

TURN = "ticket events"
SOURCES = tuple(Helpdesks.model_fields)
_DIGITS = 12


@dataclass(slots=True)
class TicketsReport:
    """What became of tickets with due events; `problem` is the first reason why one failed."""

    tickets: int = 0
    noted: int = 0
    unchanged: int = 0
    unmatched: int = 0
    over: int = 0
    """Tickets that are closed or have vanished, and take no note any more."""
    failed: int = 0
    problem: str | None = None


def attend(settings: Settings, engine: Engine, reader: Reader) -> TicketsReport:
    """Attend to every ticket with a due event, several of one ticket together. Moves no money.

    Raises:
        Transient: another process has been at it for more than a minute.
    """
    report = TicketsReport()
    if not _due(engine, 1) or not _is_published(reader):
        return report
    desks = {desk.name: desk for desk in helpdesks(settings)}
    try:
        with turn(engine, TURN):
            _Round(settings, engine, reader, desks, report).run(_due(engine))
    finally:
        for desk in desks.values():
            desk.close()
    return report


def marker(chain: str) -> str:
    """Return the words by which a ticket's note is recognised as written."""
    return f"Billhouse context {chain[:_DIGITS]}"


def _is_published(reader: Reader) -> bool:
    """Before the first load has ended nobody is known: events wait for it, however long it takes."""
    try:
        snapshot(reader)
    except NotFound:
        return False
    return True


def _due(engine: Engine, limit: int = 500) -> list[Hint]:
    with transaction(engine) as connection:
        return inbox.pending(connection, limit, SOURCES)


class _Round:
    """One walk over the due events."""

    def __init__(
        self,
        settings: Settings,
        engine: Engine,
        reader: Reader,
        desks: Mapping[str, Helpdesk],
        report: TicketsReport,
    ) -> None:
        self._settings = settings
        self._engine = engine
        self._reader = reader
        self._desks = desks
        self._report = report
        self._outages = Outages()
        self._documents = document_labels.reader(engine)

    def run(self, hints: Sequence[Hint]) -> None:
        """Attend to each ticket once; one that fails holds up no other."""
        by_ticket: dict[tuple[str, str], list[int]] = defaultdict(list)
        for hint in hints:
            by_ticket[f"{hint.gateway}:{hint.account}", hint.object_id].append(hint.id)
        for (name, ticket_id), ids in by_ticket.items():
            self._report.tickets += 1
            try:
                word = self._attend(name, ticket_id)
            except BillhouseError as cause:
                self._fail(name, ticket_id, ids, cause)
            except Exception as broken:  # an answer that nobody foresaw must not end the worker
                log.exception("Ticket %s of %s could not be attended to.", ticket_id, name)
                self._fail(name, ticket_id, ids, Terminal(f"A fault of ours: {type(broken).__name__}."))
            else:
                self._outages.answered(name)
                with transaction(self._engine) as connection:
                    inbox.done(connection, ids, word)

    def _attend(self, name: str, ticket_id: str) -> str | None:
        """Read a ticket and give it its note; return why it was given none, in words."""
        self._outages.check(name)
        if (desk := self._desks.get(name)) is None:
            raise NotFound(f"There is no account {name} in billhouse.toml.")
        try:
            ticket = desk.ticket(ticket_id)
        except NotFound as cause:
            return self._over(str(cause))
        if ticket.is_closed:
            return self._over("The ticket is closed.")
        as_of = wording.minute(snapshot(self._reader)[1])
        matches = matching.find(self._reader, ticket.emails, ticket.text, documents=self._documents)
        if not matches:
            self._report.unmatched += 1
            return "No customer matches the requester."
        named = named_documents.find(self._reader, self._engine, ticket.text)
        text = context_note.write(self._settings, candidates.of(self._reader, matches), named)
        return self._note(desk, ticket_id, text, as_of)

    def _note(self, desk: Helpdesk, ticket_id: str, text: str, as_of: str) -> str | None:
        digest = context_note.content_hash(text)
        with transaction(self._engine) as connection:
            before = ticket_contexts.last(connection, desk.name, ticket_id)
        if before.content_hash == digest:
            self._report.unchanged += 1
            return "The ticket's last note says the same."
        given = before.then(digest)
        mark = marker(given.chain)
        try:
            desk.note(ticket_id, mark, f"{text}\n\nAs of {as_of} · {mark}")
        except BadCredential:
            raise
        except (NotFound, Refused) as cause:
            return self._over(str(cause))
        with transaction(self._engine) as connection:
            ticket_contexts.remember(connection, desk.name, ticket_id, given)
        self._report.noted += 1
        return None

    def _over(self, word: str) -> str:
        self._report.over += 1
        return word

    def _fail(self, name: str, ticket_id: str, ids: Sequence[int], cause: BillhouseError) -> None:
        """Keep the events for later."""
        log.warning("Ticket %s of %s got no note and is tried again: %s", ticket_id, name, cause)
        self._report.failed += 1
        self._report.problem = self._report.problem or str(cause)
        is_outage = self._outages.failed(name, cause)
        with transaction(self._engine) as connection:
            inbox.failed(connection, ids, str(cause), is_outage=is_outage)
