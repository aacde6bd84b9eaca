"""Ticket notes: internal, written once whatever goes wrong, never in the way of the action that they tell of."""

from typing import Any

import pytest
from sqlalchemy import Engine

from billing.settings_model import Settings
from billing.store import outbox, transaction
from billing.store.outbox import TICKET_NOTE
from helpdesk_sync import notes

from .conftest import Desk


@pytest.fixture
def ticket(desk: Desk, domain: str) -> str:
    """A new ticket's id."""
    body = {
        "ticket": {
            "subject": "Refund",
            "comment": {"body": "Please"},
            "requester": {"email": f"a@{domain}", "name": "A"},
        }
    }
    answer = desk.http.post("/tickets", json=body)
    answer.raise_for_status()
    return str(answer.json()["ticket"]["id"])


def put(engine: Engine, ticket: str, key: str = "a1:succeeded") -> None:
    said = {
        "ticket": ticket, "title": "Refund", "message": "20.00 EUR refunded through Stripe.", "action_id": "a1",
        "target": "stripe:stripe_eu:ch_1", "actor": "ana@lampa.example", "approver": "boris@lampa.example",
        "reason": "Duplicate charge", "note": "see the chat", "url": None,
    }  # fmt: skip
    with transaction(engine) as connection:
        outbox.put(connection, TICKET_NOTE, key, said)


def comments(desk: Desk, ticket: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = desk.http.get(f"/tickets/{ticket}/comments").json()["comments"]
    return found


def state(engine: Engine) -> list[str]:
    with transaction(engine) as connection:
        return [row["state"] for row in outbox.standing(connection)]


@pytest.mark.parametrize("form", ["zendesk:main:{}", "{}"])
def test_a_note_tells_what_was_done_by_whom_and_why(
    settings: Settings, engine: Engine, desk: Desk, ticket: str, form: str
) -> None:
    put(engine, form.format(ticket))
    assert notes.deliver(settings, engine).written == 1
    _, note = comments(desk, ticket)
    assert note["public"] is False
    assert note["body"] == (
        "20.00 EUR refunded through Stripe.\n"
        "By ana@lampa.example, approved by boris@lampa.example. Reason: Duplicate charge (see the chat).\n"
        "stripe:stripe_eu:ch_1 · Billhouse a1:succeeded"
    )
    assert notes.deliver(settings, engine).written == 0
    assert state(engine) == []


def test_a_note_whose_answer_was_lost_is_not_written_twice(
    settings: Settings, engine: Engine, desk: Desk, ticket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(engine, ticket)
    desk.fault(f"/tickets/{ticket}", kind="timeout_after", method="PUT")
    report = notes.deliver(settings, engine)
    assert (report.written, report.failed) == (0, 1)
    with transaction(engine) as connection:
        connection.exec_driver_sql("update outbox set due_at = created_at")
    assert notes.deliver(settings, engine).written == 1
    assert len(comments(desk, ticket)) == 2


@pytest.mark.parametrize("ticket", ["999999999", "zendesk:other:1", "freshdesk:x:1", "soon"])
def test_a_ticket_that_is_none_fails_visibly_and_holds_nothing_up(
    settings: Settings, engine: Engine, desk: Desk, ticket: str
) -> None:
    put(engine, ticket)
    report = notes.deliver(settings, engine)
    assert report.failed == 1
    assert report.problem
    assert state(engine) == ["failed"]
