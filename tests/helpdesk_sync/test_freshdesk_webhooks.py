"""Freshdesk's posts: a secret beside the body is all that proves them, and the body is only a hint."""

import base64
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from billing.errors import Forged
from billing.settings_helpdesks import FreshdeskAccount
from helpdesk_sync.ports import TicketEvent
from helpdesk_sync.webhooks.freshdesk import SIGNATURE_HEADER, is_configured, verify
from sandbox.clock import Clock
from sandbox.freshdesk import acting, seed, webhooks
from sandbox.state import State

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
SECRET = "freshdesk_sandbox_hook"
SAID = {"event": "ticket_created", "ticket_id": "17", "modified_on": "2026-11-25 12:00:01"}


def account(**changed: Any) -> FreshdeskAccount:
    wanted = {"base_url": "https://x.example", "api_key": "k", "webhook_secret": SECRET, **changed}
    return FreshdeskAccount.model_validate(wanted)


def read(said: Any = SAID, headers: dict[str, str] | None = None, **changed: Any) -> TicketEvent | None:
    raw = said if isinstance(said, bytes) else json.dumps(said).encode()
    return verify(raw, {SIGNATURE_HEADER: SECRET} if headers is None else headers, account(**changed), NOW)


def basic(user: str, password: str) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def test_a_genuine_post_names_the_ticket() -> None:
    wanted = TicketEvent("17:ticket_created:2026-11-25 12:00:01", "ticket_created", "17")
    assert read() == wanted
    assert read(headers=basic("billhouse", SECRET)) == wanted
    assert is_configured(account())
    assert not is_configured(account(webhook_secret=None))


@pytest.mark.parametrize(
    ("headers", "says"),
    [
        ({}, "missing"),
        ({SIGNATURE_HEADER: ""}, "missing"),
        ({SIGNATURE_HEADER: SECRET[:-1] + "x"}, "mismatched"),
        ({SIGNATURE_HEADER: SECRET + "x"}, "mismatched"),
        ({SIGNATURE_HEADER: "ключ"}, "mismatched"),
        (basic("billhouse", "wrong"), "mismatched"),
        (basic(SECRET, ""), "missing"),
        ({"authorization": "Basic ?"}, "missing"),
        ({"authorization": f"Bearer {SECRET}"}, "missing"),
    ],
)
def test_without_the_secret_nothing_is_read(headers: dict[str, str], says: str) -> None:
    for said in (b"not even JSON", SAID):
        with pytest.raises(Forged, match=f"signature is {says}") as forged:
            read(said, headers)
        assert SECRET not in str(forged.value)


def test_without_a_secret_of_ours_nothing_is_believed() -> None:
    with pytest.raises(Forged, match="no webhook_secret"):
        read(webhook_secret=None)


def test_a_repeat_is_known_and_a_second_reply_is_another_event() -> None:
    again = json.dumps(SAID, indent=2, sort_keys=True).encode()
    assert read(again) == read()
    replies = [
        read(SAID | {"event": "customer_replied", "modified_on": f"2026-11-25 12:00:0{n}"}) for n in (1, 2)
    ]
    assert len({one.event_id for one in (*replies, read()) if one}) == 3


def test_other_rules_are_not_for_us() -> None:
    assert read(SAID | {"event": "agent_replied"}) is None


@pytest.mark.parametrize(
    "said",
    [
        b"{",
        b"[]",
        b"null",
        {"event": "ticket_created", "ticket_id": "17"},
        SAID | {"modified_on": ""},
        SAID | {"ticket_id": "17/../contacts"},
        SAID | {"ticket_id": "{{ticket.id}}"},
        SAID | {"ticket_id": None},
    ],
)
def test_a_rule_that_sends_something_else_is_told_so(said: Any) -> None:
    with pytest.raises(Forged, match="mismatched"):
        read(said)


def test_the_sandboxs_rules_are_understood(tmp_path: Path) -> None:
    state = State(tmp_path / "sandbox.sqlite")
    clock = Clock(state)
    seed.people(state, clock, [])
    state.execute("insert into webhook_targets values ('freshdesk', 'http://x.example')")
    asked = {"deed": "ask", "email": "a@x.example", "subject": "Help", "text": "x"}
    number = acting.act(state, clock, asked)["ticket"]
    acting.act(state, clock, {"deed": "reply", "ticket": number, "text": "y"})
    events = []
    for row in state.execute("select event_id from deliveries order by n"):
        letter = webhooks.letter(state, "freshdesk", row["event_id"])
        assert letter is not None
        events.append(verify(letter[1], letter[0], account(), NOW))
    assert [(one.type, one.ticket_id) for one in events if one] == [
        ("ticket_created", number),
        ("customer_replied", number),
    ]
    state.close()
