"""Published contexts -> helpdesk contacts: only what changed is written, only what was confirmed is remembered.

A sweep walks every contact and so finds new ones; a push, cheap enough to follow every publish, looks at the
contacts that a sweep has matched before. Several changes of one person between two runs become one write.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Engine

from billing.errors import BillhouseError, NotFound, Terminal
from billing.ids import email_key
from billing.settings import Settings
from billing.store import contact_troubles, helpdesk_runs, sync_state, transaction
from billing.store.clocktext import now_text
from billing.store.helpdesk_runs import Run
from billing.warehouse.reader import Reader
from helpdesk_sync import contexts, registry
from helpdesk_sync.ports import Contact, ContactUpdate, Helpdesk, Value
from helpdesk_sync.registry import helpdesks

Contexts = Mapping[str, Mapping[str, Value]]
ContactsOf = Callable[[Helpdesk, Mapping[str, tuple[str, str]]], Iterable[Contact]]
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

    def add(self, other: "SyncReport") -> None:
        """Count in what was done over another helpdesk; `seconds` stays."""
        self.contacts_seen += other.contacts_seen
        self.contacts_matched += other.contacts_matched
        self.contacts_synced += other.contacts_synced
        self.writes += other.writes
        self.failed += other.failed
        self.problem = self.problem or other.problem


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


def again(settings: Settings, engine: Engine, reader: Reader, name: str, contact_id: str) -> str | None:
    """Write one contact that the helpdesk account `name` did not take, and return why it failed again, if so.

    Raises:
        NotFound: the contact is in no trouble any more, the account is not configured, or nothing was published.
        Terminal, Transient, Refused: as `sync` does.
    """
    with transaction(engine) as connection:
        trouble = contact_troubles.find(connection, name, contact_id)
    if trouble is None:
        raise NotFound(f"Contact {contact_id} is in no trouble any more.")
    facts = contexts.load(settings, reader)
    helpdesk = registry.helpdesk(settings, name)
    try:
        one = Contact(contact_id, trouble.email_key)
        _Sync(helpdesk, engine, facts).run(lambda _helpdesk, _known: [one], is_sweep=False)
    finally:
        helpdesk.close()
    with transaction(engine) as connection:
        still = contact_troubles.find(connection, name, contact_id)
    return still.problem if still else None


def _run(
    settings: Settings,
    engine: Engine,
    reader: Reader,
    contacts_of: ContactsOf,
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
            one, failure = _over(helpdesk, engine, facts, contacts_of, progress, is_sweep=is_sweep)
            report.add(one)
            if failure is not None:  # the other helpdesks are brought up to date all the same
                failures.append(failure)
                report.failed += 1
                report.problem = report.problem or f"{helpdesk.name}: {failure}"
    finally:
        for helpdesk in desks:
            helpdesk.close()
    if failures and len(failures) == len(desks):
        raise failures[0]
    report.seconds = time.monotonic() - began
    return report


def _over(
    helpdesk: Helpdesk,
    engine: Engine,
    facts: Contexts,
    contacts_of: ContactsOf,
    progress: Progress,
    *,
    is_sweep: bool,
) -> tuple[SyncReport, BillhouseError | None]:
    """Run over one helpdesk account and keep on record what that did; return it, and what ended it early."""
    began, started_at = time.monotonic(), now_text()
    run = _Sync(helpdesk, engine, facts, progress)
    failure = None
    try:
        run.run(contacts_of, is_sweep=is_sweep)
    except BillhouseError as cause:
        failure = cause
    did = run.report
    why = [str(failure)] if failure else run.asked or [did.problem or ""]
    with transaction(engine) as connection:
        helpdesk_runs.record(
            connection,
            Run(
                helpdesk=helpdesk.name,
                kind="sweep" if is_sweep else "push",
                started_at=started_at,
                milliseconds=round((time.monotonic() - began) * 1000),
                contacts_seen=did.contacts_seen,
                contacts_matched=did.contacts_matched,
                contacts_synced=did.contacts_synced,
                writes=did.writes,
                failed=did.failed + (failure is not None),
                problem="\n".join(why) or None,
            ),
        )
    return did, failure


class _Sync:
    """One run over one helpdesk account: what it did is in `report`, what an admin must do first in `asked`."""

    def __init__(
        self,
        helpdesk: Helpdesk,
        engine: Engine,
        facts: Contexts,
        progress: Progress = lambda _name, _seen: None,
    ) -> None:
        self._helpdesk = helpdesk
        self._engine = engine
        self._facts = facts
        self.report = SyncReport()
        self.asked: list[str] = []
        self._progress = progress
        with transaction(engine) as connection:
            self._known = sync_state.contacts(connection, helpdesk.name)
            self._troubled = contact_troubles.ids(connection, helpdesk.name)

    def run(self, contacts_of: ContactsOf, *, is_sweep: bool) -> None:
        """Compare all contacts, write the changes in batches; after a sweep, forget who has gone.

        Raises:
            Terminal: the published copy knows nobody, though contacts were written before.
        """
        if self._known and not self._facts:
            raise Terminal(
                f"The published copy knows no customer, but {self._helpdesk.name} holds facts about "
                f"{len(self._known)}. Nothing was emptied. Check the last load before you run this again."
            )
        if is_sweep and (left := self._helpdesk.ensure_fields(contexts.FIELDS)):
            self.asked = left
            self.report.failed += len(left)
            self.report.problem = left[0]
            return
        seen: set[str] = set()
        fine: set[str] = set()
        waiting: list[_Change] = []
        for contact in contacts_of(self._helpdesk, self._known):
            seen.add(contact.id)
            if change := self._compare(contact):
                waiting.append(change)
            elif contact.id in self._troubled:
                fine.add(contact.id)
            if len(waiting) >= self._helpdesk.batch:
                self._write(waiting)
                waiting = []
            if len(seen) % 100 == 0:
                self._progress(self._helpdesk.name, len(seen))
        self._write(waiting)
        self.report.contacts_seen += len(seen)
        self._progress(self._helpdesk.name, len(seen))
        with transaction(self._engine) as connection:
            contact_troubles.clear(connection, self._helpdesk.name, fine)
            if is_sweep:
                sync_state.forget(connection, self._helpdesk.name, self._known.keys() - seen)
                contact_troubles.keep_only(connection, self._helpdesk.name, seen)

    def _compare(self, contact: Contact) -> _Change | None:
        """Return what must be written to a contact, if anything."""
        key = email_key(contact.email)
        facts = self._facts.get(key)
        known = self._known.get(contact.id)
        if facts is not None:
            self.report.contacts_matched += 1
        elif known is None:
            return None  # a stranger: never written to, so there is nothing to empty either
        values = contexts.CLEARED if facts is None else facts
        digest = contexts.content_hash(values)
        if known is not None and known[1] == digest:
            self.report.contacts_synced += facts is not None
            return None
        return _Change(ContactUpdate(contact.id, values), key, digest)

    def _write(self, changes: list[_Change]) -> None:
        """Send changes and remember those that the helpdesk confirmed; the others are tried in the next run."""
        if not changes:
            return
        self.report.writes += len(changes)
        answers = self._helpdesk.write([change.update for change in changes])
        confirmed, refused = {}, {}
        for change in changes:
            contact_id = change.update.contact_id
            trouble = answers.get(contact_id, "The helpdesk did not confirm it.")
            if trouble is None:
                confirmed[contact_id] = (change.email_key, change.content_hash)
                self.report.contacts_synced += change.update.values is not contexts.CLEARED
            else:
                refused[contact_id] = (change.email_key, trouble)
                self.report.failed += 1
                self.report.problem = self.report.problem or f"Contact {contact_id}: {trouble}"
        with transaction(self._engine) as connection:
            sync_state.remember(connection, self._helpdesk.name, confirmed)
            contact_troubles.note(connection, self._helpdesk.name, refused)
            contact_troubles.clear(connection, self._helpdesk.name, self._troubled & confirmed.keys())
