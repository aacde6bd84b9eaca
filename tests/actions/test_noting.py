"""Notes about customers: on the record, by who may, and never changed."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine

from actions import noting
from billing.errors import NotAllowed, Terminal
from billing.settings_model import Settings
from billing.store import outbox, transaction

from .conftest import STAFF, person

MARIA = "stripe:stripe_eu:cus_maria"
Log = Callable[[], list[tuple[str, dict[str, Any]]]]


@pytest.fixture
def settings() -> Settings:
    roles = {"agent": {"may": ["note"]}, "reader": {"may": ["look_up"]}}
    people = [
        {"email": f"{name}@lampa.example", "role": role}
        for name, role in (("ana", "agent"), ("rita", "reader"))
    ]
    return Settings.model_validate({**STAFF, "roles": roles, "people": people})


def test_a_note_is_kept_for_colleagues(engine: Engine, settings: Settings) -> None:
    noting.note(engine, settings, MARIA, " Calls on Mondays only. ", person("ana"), "4711")
    noting.note(engine, settings, MARIA, "Moved to Lyon.", person("ana"))
    newest, first = noting.notes(engine, MARIA)
    assert (newest["data"]["note"], first["data"]["note"]) == ("Moved to Lyon.", "Calls on Mondays only.")
    assert (first["actor"], first["ticket"]) == ("ana@lampa.example", "4711")
    assert noting.notes(engine, "stripe:stripe_eu:cus_other") == []


@pytest.mark.parametrize("name", ["rita", "eve"])
def test_who_may_not_is_refused_on_the_record(
    engine: Engine, settings: Settings, log: Log, name: str
) -> None:
    with pytest.raises(NotAllowed, match="Nothing was changed"):
        noting.note(engine, settings, MARIA, "hello", person(name))
    assert [kind for kind, _ in log()] == ["customer.note.denied"]


def test_an_empty_note_or_a_wrong_reference_leaves_nothing(
    engine: Engine, settings: Settings, log: Log
) -> None:
    with pytest.raises(NotAllowed, match="empty"):
        noting.note(engine, settings, MARIA, "  ", person("ana"))
    with pytest.raises(Terminal, match="three parts"):
        noting.note(engine, settings, "maria", "hello", person("ana"))
    assert log() == []


def test_a_letter_that_failed_is_seen_and_tried_again(engine: Engine) -> None:
    with transaction(engine) as connection:
        outbox.put(connection, outbox.TICKET_NOTE, "a1:succeeded", {"ticket": "1"})
        (parcel,) = outbox.pending(connection, outbox.TICKET_NOTE)
        outbox.failed(connection, parcel, "no such ticket", final=True)
        assert outbox.pending(connection, outbox.TICKET_NOTE) == []
        (row,) = outbox.standing(connection)
        assert (row["state"], row["error"]) == ("failed", "no such ticket")
        assert outbox.retry(connection, row["id"]) == 1
        assert [one.id for one in outbox.pending(connection, outbox.TICKET_NOTE)] == [row["id"]]
        assert outbox.retry(connection) == 0
