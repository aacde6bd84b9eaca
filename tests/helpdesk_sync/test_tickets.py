"""Ticket events at a real (emulated) Zendesk: one note, never two of the same, and nothing lost on a bad day."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from billhouse.house import House
from billhouse.worker import run_worker
from billing.settings_model import Settings
from billing.store import inbox, ticket_contexts, transaction
from billing.warehouse import writer_lock
from billing.warehouse.reader import DuckDBReader
from helpdesk_sync import tickets
from helpdesk_sync.tickets import TicketsReport

from .conftest import Desk

Publish = Callable[..., None]
Attend = Callable[[], TicketsReport]
PAID = "update customer_totals set past_due_minor = 0"


@pytest.fixture
def attend(settings: Settings, engine: Engine, reader: DuckDBReader, publish: Publish) -> Attend:
    """Attend to what is due, over the company of conftest.py."""
    publish([])
    return lambda: tickets.attend(settings, engine, reader)


@pytest.fixture
def ticket(desk: Desk) -> str:
    """A new ticket of Maria's."""
    return str(
        desk.act("ask", email="maria@example.com", subject="Hello", text="I have a question.")["ticket"]
    )


def hear(engine: Engine, ticket: str, event_id: str = "e1", account: str = "main") -> None:
    """Keep an event as the portal does."""
    with transaction(engine) as connection:
        inbox.receive(
            connection,
            gateway="zendesk",
            account=account,
            event_id=event_id,
            event_type="zen:event-type:ticket.created",
            object_kind="ticket",
            object_id=ticket,
        )


def notes(desk: Desk, ticket: str) -> list[str]:
    found = desk.act("notes", ticket=ticket)["notes"]
    assert all(one["is_internal"] for one in found)
    return [one["text"] for one in found]


def rows(engine: Engine) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.exec_driver_sql("select state, attempts, error from inbox order by id").all())


def make_due(engine: Engine) -> None:
    with transaction(engine) as connection:
        connection.exec_driver_sql("update inbox set due_at = received_at")


def test_a_ticket_gets_its_requesters_billing_with_the_age_of_the_facts(
    attend: Attend, engine: Engine, desk: Desk, ticket: str
) -> None:
    hear(engine, ticket)
    report = attend()
    assert (report.tickets, report.noted, report.failed) == (1, 1, 0)
    (note,) = notes(desk, ticket)
    first, *_, last = note.splitlines()
    assert first == "Maria Kowalska, maria@example.com (matched by e-mail). Billed through Stripe Europe."
    assert last.startswith("As of 23 Nov 2026, 18:05 UTC · Billhouse context ")
    assert rows(engine) == [("done", 0, None)]
    assert attend() == TicketsReport()


def test_several_events_of_a_ticket_are_one(attend: Attend, engine: Engine, desk: Desk, ticket: str) -> None:
    for event in ("e1", "e2", "e3"):
        hear(engine, ticket, event)
    assert attend().tickets == 1
    assert len(notes(desk, ticket)) == 1
    assert [row.state for row in rows(engine)] == ["done"] * 3


def test_a_reply_brings_a_note_only_when_the_facts_have_changed(
    attend: Attend, engine: Engine, desk: Desk, ticket: str, publish: Publish
) -> None:
    """Also when they change back: the newest note is the one that holds."""
    for number, (changes, written) in enumerate([((), 1), ((), 1), ((PAID,), 2), ((PAID,), 2), ((), 3)]):
        publish([], *changes)
        hear(engine, ticket, f"e{number}")
        report = attend()
        assert len(notes(desk, ticket)) == written
        assert report.noted + report.unchanged == 1
    first, second, third = notes(desk, ticket)
    assert ["Past due" in note for note in (first, second, third)] == [True, False, True]
    assert rows(engine)[1].error == "The ticket's last note says the same."


def test_a_stranger_gets_no_note(attend: Attend, engine: Engine, desk: Desk, domain: str) -> None:
    ticket = desk.act("ask", email=f"new@{domain}", subject="Hi", text="Do you ship to Mars?")["ticket"]
    hear(engine, ticket)
    assert attend().unmatched == 1
    assert notes(desk, ticket) == []
    assert rows(engine) == [("done", 0, "No customer matches the requester.")]


def test_a_stranger_who_names_a_charge_gets_its_facts_as_named(
    attend: Attend, engine: Engine, desk: Desk, domain: str
) -> None:
    ticket = desk.act("ask", email=f"new@{domain}", subject="Hi", text="What is pi_3ch_kenji?")["ticket"]
    hear(engine, ticket)
    assert attend().noted == 1
    (note,) = notes(desk, ticket)
    assert "(named in the text by id; the sender's address is not theirs)" in note


def test_an_agent_who_writes_a_ticket_is_nobodys_customer(
    attend: Attend, engine: Engine, desk: Desk, publish: Publish
) -> None:
    publish([], "update customers set email_key = 'ana@lampa.example' where customer_id = 'cus_maria'")
    ticket = desk.act("ask", email="ana@lampa.example", subject="Hi", text="A note to myself.")["ticket"]
    hear(engine, ticket)
    assert attend().unmatched == 1


def test_a_second_address_of_the_requester_counts(
    attend: Attend, engine: Engine, desk: Desk, domain: str, publish: Publish
) -> None:
    publish([], f"update customers set email_key = 'private@{domain}' where customer_id = 'cus_kenji'")
    user = desk.add(f"work@{domain}")
    answer = desk.http.put(f"/users/{user}", json={"user": {"email": f"private@{domain}"}})
    answer.raise_for_status()
    ticket = desk.act("ask", email=f"work@{domain}", subject="Hi", text="Hello")["ticket"]
    hear(engine, ticket)
    assert attend().noted == 1
    assert notes(desk, ticket)[0].startswith("Kenji Sato")


@pytest.mark.parametrize("why", ["closed", "gone"])
def test_a_ticket_that_takes_no_notes_is_done_with_a_word(
    attend: Attend, engine: Engine, desk: Desk, ticket: str, why: str
) -> None:
    if why == "closed":
        desk.act("close_ticket", ticket=ticket)
    hear(engine, ticket if why == "closed" else "987654321")
    assert attend().over == 1
    ((state, attempts, word),) = rows(engine)
    assert (state, attempts) == ("done", 0)
    assert ("closed" if why == "closed" else "404") in word
    assert notes(desk, ticket) == []


def test_a_crash_before_it_was_remembered_writes_nothing_twice(
    attend: Attend, engine: Engine, desk: Desk, ticket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    hear(engine, ticket)
    monkeypatch.setattr(ticket_contexts, "remember", crash)
    with pytest.raises(KeyboardInterrupt):
        attend()
    monkeypatch.undo()
    assert len(notes(desk, ticket)) == 1
    assert attend().noted == 1
    assert len(notes(desk, ticket)) == 1


def test_a_lost_answer_is_looked_for_before_it_is_sent_again(
    attend: Attend, engine: Engine, desk: Desk, ticket: str
) -> None:
    hear(engine, ticket)
    desk.fault(f"/tickets/{ticket}", kind="timeout_after", method="PUT")
    assert attend().failed == 1
    assert rows(engine)[0].state == "pending"
    make_due(engine)
    assert attend().noted == 1
    assert len(notes(desk, ticket)) == 1


def test_an_outage_is_waited_out_and_asks_for_no_other_ticket(
    attend: Attend, engine: Engine, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Four tickets wait; each round asks for two, and twenty rounds later none is given up."""
    monkeypatch.setattr("helpdesk_sync.http._wait", lambda _error: False)
    ids = [
        desk.act("ask", email="kenji@example.com", subject=f"No. {n}", text="?")["ticket"] for n in range(4)
    ]
    for ticket in ids:
        hear(engine, ticket, f"e{ticket}")
    for _ in range(20):
        desk.reset()
        desk.fault("/*", kind="500", times=10)
        assert attend().failed == 4
        assert len(desk.requests("/tickets")) == 2
        make_due(engine)
    assert {row.state for row in rows(engine)} == {"pending"}
    assert "500" in rows(engine)[0].error
    desk.reset()
    assert attend().noted == 4


def test_a_key_that_is_not_accepted_is_told_and_given_up_after_twelve_tries(
    settings: Settings, engine: Engine, reader: DuckDBReader, publish: Publish, ticket: str
) -> None:
    publish([])
    wrong = settings.helpdesks.zendesk[0].model_copy(
        update={"api_token": type(settings.helpdesks.zendesk[0].api_token)("wrong")}
    )
    locked_out = settings.model_copy(
        update={"helpdesks": settings.helpdesks.model_copy(update={"zendesk": [wrong]})}
    )
    hear(engine, ticket)
    for _ in range(inbox.MAX_ATTEMPTS):
        report = tickets.attend(locked_out, engine, reader)
        assert report.failed == 1
        assert "credentials" in (report.problem or "")
        make_due(engine)
    assert rows(engine)[0].state == "failed"
    assert tickets.attend(settings, engine, reader).tickets == 0


def test_an_account_that_is_configured_no_more_is_told(attend: Attend, engine: Engine, ticket: str) -> None:
    hear(engine, ticket, account="sold")
    assert "zendesk:sold" in (attend().problem or "")
    assert rows(engine)[0].state == "pending"


def test_a_fault_of_ours_is_told_and_holds_up_no_other_ticket(
    attend: Attend, engine: Engine, desk: Desk, ticket: str, publish: Publish
) -> None:
    """A copy in which a currency is none: Maria's note cannot be written, Kenji's is."""
    publish(
        [],
        "update customer_totals set past_due_minor = null, currency = null where customer_ref like '%maria'",
    )
    hear(engine, ticket)
    other = desk.act("ask", email="kenji@example.com", subject="Hi", text="Hello")["ticket"]
    hear(engine, other, "e2")
    report = attend()
    assert (report.noted, report.failed) == (1, 1)
    assert "A fault of ours" in rows(engine)[0].error
    assert (rows(engine)[0].state, rows(engine)[1].state) == ("pending", "done")


def test_before_the_first_copy_events_wait(
    settings: Settings, engine: Engine, reader: DuckDBReader, publish: Publish, ticket: str
) -> None:
    hear(engine, ticket)
    assert tickets.attend(settings, engine, reader) == TicketsReport()
    assert rows(engine) == [("pending", 0, None)]
    publish([])
    assert tickets.attend(settings, engine, reader).noted == 1


def test_it_does_not_wait_for_the_warehouses_writer(
    attend: Attend, settings: Settings, engine: Engine, ticket: str
) -> None:
    hear(engine, ticket)
    with writer_lock(settings.warehouse):
        assert attend().noted == 1


def test_gateways_hints_are_left_to_the_worker(attend: Attend, engine: Engine) -> None:
    with transaction(engine) as connection:
        inbox.receive(
            connection,
            gateway="stripe",
            account="stripe_eu",
            event_id="evt_1",
            event_type="charge.refunded",
            object_kind="charge",
            object_id="ch_1",
        )
    assert attend() == TicketsReport()
    with transaction(engine) as connection:
        assert [hint.gateway for hint in inbox.pending(connection, sources=["stripe"])] == ["stripe"]
        assert inbox.pending(connection, sources=tickets.SOURCES) == []


def test_the_worker_attends_beside_its_other_work(
    attend: Attend,
    settings: Settings,
    engine: Engine,
    reader: DuckDBReader,
    desk: Desk,
    ticket: str,
    tmp_path: Path,
) -> None:
    """Also while a build holds the warehouse: a note waits for no loader."""
    house = House(tmp_path / "billhouse.toml", settings, engine, reader)
    stop = threading.Event()
    worker = threading.Thread(target=run_worker, args=(house, stop))
    with writer_lock(settings.warehouse):
        worker.start()
        hear(engine, ticket)
        until = time.monotonic() + 20
        while not notes(desk, ticket) and time.monotonic() < until:
            time.sleep(0.2)
    stop.set()
    worker.join(20)
    assert len(notes(desk, ticket)) == 1


def test_what_breaks_in_it_ends_the_worker_and_is_raised_there(
    settings: Settings,
    engine: Engine,
    reader: DuckDBReader,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(tickets, "attend", broken)
    with pytest.raises(RuntimeError, match="a fault of ours"):
        run_worker(House(tmp_path / "billhouse.toml", settings, engine, reader), threading.Event())
