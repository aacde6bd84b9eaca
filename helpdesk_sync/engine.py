"""Published contexts -> helpdesk contacts: only what changed is written, only what was confirmed is remembered.

A sweep walks every contact and so finds new ones; a push, cheap enough to follow every publish, looks at the
contacts that a sweep has matched before. Several changes of one person between two runs become one write.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Engine

from billing.errors import BillhouseError, Terminal
from billing.ids import email_key
from billing.settings import Settings
from billing.store import sync_state, transaction
from billing.warehouse.reader import Reader
from helpdesk_sync import contexts
from helpdesk_sync.ports import Contact, ContactUpdate, Helpdesk, Value
from helpdesk_sync.registry import helpdesks

Contexts = Mapping[str, Mapping[str, Value]]
Progress = Callable[[str, int], None]
"""Called now and then with a helpdesk's name and the contacts looked at so far."""


@dataclass(slots=True)
class SyncReport:
    """What a run did. `contacts_synced` hold the current facts now; of `writes`, `failed` were in vain."""

    contacts_seen: int = 0
    contacts_matched: int = 0
    contacts_synced: int = 0
    writes: int = 0
    failed: int = 0
    seconds: float = 0.0
    problem: str | None = None
    """The first reason that a helpdesk gave for a contact that it did not take."""


@dataclass(frozen=True, slots=True)
class _Change:
    """A write to make, and what to remember of it once it is confirmed."""

    update: ContactUpdate
    email_key: str
    content_hash: str


def sync(
    settings: Settings, engine: Engine, reader: Reader, progress: Progress = lambda _name, _seen: None
) -> SyncReport:
    """Sweep all contacts of all helpdesks and bring their fields up to date.

    A contact whose facts are gone has its fields emptied; one that never had facts is not touched.

    Raises:
        NotFound: nothing was published yet.
        Terminal: the published copy knows nobody, though contacts were written before: nothing is emptied.
        Transient, Refused: no helpdesk answers, or all say no; where one of several does, the report says so. What
            was confirmed before is remembered.
    """
    return _run(
        settings, engine, reader, lambda helpdesk, _known: helpdesk.contacts(), progress, is_sweep=True
    )


def push(
    settings: Settings, engine: Engine, reader: Reader, progress: Progress = lambda _name, _seen: None
) -> SyncReport:
    """Bring the contacts that were matched before up to date, without walking the helpdesk's contacts.

    Raises:
        NotFound, Terminal, Transient, Refused: as `sync` does.
    """

    def remembered(_helpdesk: Helpdesk, known: Mapping[str, tuple[str, str]]) -> Iterable[Contact]:
        return [Contact(contact_id, key) for contact_id, (key, _) in known.items()]

    return _run(settings, engine, reader, remembered, progress, is_sweep=False)


def _run(
    settings: Settings,
    engine: Engine,
    reader: Reader,
    contacts_of: Callable[[Helpdesk, Mapping[str, tuple[str, str]]], Iterable[Contact]],
    progress: Progress,
    *,
    is_sweep: bool,
) -> SyncReport:
    began = time.monotonic()
    report = SyncReport()
    failures: list[BillhouseError] = []
    desks = helpdesks(settings)
    try:
        facts = contexts.load(settings, reader) if desks else {}
        for helpdesk in desks:
            try:
                _Sync(helpdesk, engine, facts, report, progress).run(contacts_of, is_sweep=is_sweep)
            except BillhouseError as cause:  # the other helpdesks are brought up to date all the same
                failures.append(cause)
                report.failed += 1
                report.problem = report.problem or f"{helpdesk.name}: {cause}"
    finally:
        for helpdesk in desks:
            helpdesk.close()
    if failures and len(failures) == len(desks):
        raise failures[0]
    report.seconds = time.monotonic() - began
    return report


class _Sync:
    """One run over one helpdesk account."""

    def __init__(
        self, helpdesk: Helpdesk, engine: Engine, facts: Contexts, report: SyncReport, progress: Progress
    ) -> None:
        self._helpdesk = helpdesk
        self._engine = engine
        self._facts = facts
        self._report = report
        self._progress = progress
        with transaction(engine) as connection:
            self._known = sync_state.contacts(connection, helpdesk.name)
        if self._known and not facts:
            raise Terminal(
                f"The published copy knows no customer, but {helpdesk.name} holds facts about {len(self._known)}. "
                "Nothing was emptied. Check the last load before you run this again."
            )

    def run(
        self,
        contacts_of: Callable[[Helpdesk, Mapping[str, tuple[str, str]]], Iterable[Contact]],
        *,
        is_sweep: bool,
    ) -> None:
        """Compare all contacts, write the changes in batches; after a sweep, forget who has gone."""
        if is_sweep and (left := self._helpdesk.ensure_fields(contexts.FIELDS)):
            self._report.failed += len(left)
            self._report.problem = self._report.problem or left[0]
            return
        seen: set[str] = set()
        waiting: list[_Change] = []
        for contact in contacts_of(self._helpdesk, self._known):
            seen.add(contact.id)
            if change := self._compare(contact):
                waiting.append(change)
            if len(waiting) >= self._helpdesk.batch:
                self._write(waiting)
                waiting = []
            if len(seen) % 100 == 0:
                self._progress(self._helpdesk.name, len(seen))
        self._write(waiting)
        self._report.contacts_seen += len(seen)
        self._progress(self._helpdesk.name, len(seen))
        if is_sweep:
            with transaction(self._engine) as connection:
                sync_state.forget(connection, self._helpdesk.name, self._known.keys() - seen)

    def _compare(self, contact: Contact) -> _Change | None:
        """Return what must be written to a contact, if anything."""
        key = email_key(contact.email)
        facts = self._facts.get(key)
        known = self._known.get(contact.id)
        if facts is not None:
            self._report.contacts_matched += 1
        elif known is None:
            return None  # a stranger: never written to, so there is nothing to empty either
        values = contexts.CLEARED if facts is None else facts
        digest = contexts.content_hash(values)
        if known is not None and known[1] == digest:
            self._report.contacts_synced += facts is not None
            return None
        return _Change(ContactUpdate(contact.id, values), key, digest)

    def _write(self, changes: list[_Change]) -> None:
        """Send changes and remember those that the helpdesk confirmed; the others are tried in the next run."""
        if not changes:
            return
        self._report.writes += len(changes)
        answers = self._helpdesk.write([change.update for change in changes])
        confirmed = {}
        for change in changes:
            contact_id = change.update.contact_id
            trouble = answers.get(contact_id, "The helpdesk did not confirm it.")
            if trouble is None:
                confirmed[contact_id] = (change.email_key, change.content_hash)
                self._report.contacts_synced += change.update.values is not contexts.CLEARED
            else:
                self._report.failed += 1
                self._report.problem = self._report.problem or f"Contact {contact_id}: {trouble}"
        with transaction(self._engine) as connection:
            sync_state.remember(connection, self._helpdesk.name, confirmed)
