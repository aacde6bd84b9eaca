"""From a customer's words at each helpdesk to the note beside them: a signed event, our portal, the worker's part.

All five helpdesks post to one portal, whose worker attends to them; a test looks at its own ticket alone.
"""

import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from helpdesk_sync.registry import HELPDESKS
from tests.conftest import Sandbox
from tests.helpdesk_sync.door import Door, open_door
from tests.helpdesk_sync.ward import Ward

PAID = "update customer_totals set past_due_minor = 0"


@pytest.fixture(scope="module")
def door(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    with open_door(sandbox, tmp_path_factory.mktemp("door")) as opened:
        yield opened


@pytest.fixture(params=HELPDESKS)
def ward(request: pytest.FixtureRequest, sandbox: Sandbox, door: Door) -> Ward:
    door.publish()
    return Ward(request.param, sandbox)


@pytest.fixture
def hear(door: Door, ward: Ward) -> Callable[..., list[Any]]:
    """Wait until the portal has heard of a ticket more often than `before`, and return all it has heard."""
    return partial(door.wait, ward.name)


def test_a_new_ticket_gets_one_note_and_our_own_note_is_no_event(
    ward: Ward, door: Door, hear: Callable[..., list[Any]]
) -> None:
    ticket = ward.ask("maria@example.com", "Why was I charged?")
    hear(ticket)
    door.attend()
    (note,) = ward.notes(ticket)
    assert note.splitlines()[0] == (
        "Maria Kowalska, maria@example.com (matched by e-mail). Billed through Stripe Europe."
    )
    assert "Past due: 49.00 EUR." in note
    assert "Look up: https://bills.lampa.example/?q=maria%40example.com" in note
    before = len(door.heard(ward.name, ticket))
    # Letters go out in the order of the deeds: once the reply has come, the note's event has been passed over.
    ward.act("reply", ticket=ticket, text="Hello?")
    heard = hear(ticket, before)
    assert len(heard) == before + 1, heard
    assert {row.state for row in heard[:before]} == {"done"}


def test_a_reply_brings_a_second_note_only_once_the_facts_have_changed(
    ward: Ward, door: Door, hear: Callable[..., list[Any]]
) -> None:
    ticket = ward.ask("maria@example.com", "Why was I charged?")
    hear(ticket)
    door.attend()
    for number, (changes, written) in enumerate([((), 1), ((PAID,), 2), ((PAID,), 2)]):
        door.publish(*changes)
        before = len(door.heard(ward.name, ticket))
        time.sleep(1.1)  # what dates an event by the second alone cannot tell two in one
        ward.act("reply", ticket=ticket, text=f"And now, for the {number}. time?")
        hear(ticket, before)
        door.attend()
        notes = ward.notes(ticket)
        assert len(notes) == written, notes
    assert ["Past due" in note for note in notes] == [True, False]


def test_a_stranger_gets_no_note(ward: Ward, door: Door, hear: Callable[..., list[Any]], domain: str) -> None:
    ticket = ward.ask(f"stranger@{domain}", "Do you ship to Mars?")
    hear(ticket)
    door.attend()
    assert ward.notes(ticket) == []
    assert {(row.state, row.error) for row in door.heard(ward.name, ticket)} == {
        ("done", "No customer matches the requester.")
    }


def test_a_stranger_who_names_a_charge_gets_a_note_that_says_so(
    ward: Ward, door: Door, hear: Callable[..., list[Any]], domain: str
) -> None:
    ticket = ward.ask(f"stranger@{domain}", "What is pi_3ch_kenji?")
    hear(ticket)
    door.attend()
    (note,) = ward.notes(ticket)
    assert "(named in the text by id; the sender's address is not theirs)" in note


def test_a_busy_helpdesk_gets_its_note_when_it_is_over(
    ward: Ward, door: Door, hear: Callable[..., list[Any]]
) -> None:
    ticket = ward.ask("kenji@example.com", "My dispute")
    hear(ticket)
    ward.act("busy", seconds=3)
    for _ in range(3):
        door.attend()
        if not any(row.state == "pending" for row in door.heard(ward.name, ticket)):
            break
    (note,) = ward.notes(ticket)
    assert "Dispute over 5,400 JPY" in note
    assert 429 in ward.statuses()
