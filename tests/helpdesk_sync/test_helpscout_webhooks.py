"""Help Scout's webhooks, verified: only the customer's words, whoever repeats, changes or forges the letter."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from billing.errors import Forged
from billing.settings_helpdesks import HelpscoutAccount
from helpdesk_sync.ports import TicketEvent
from helpdesk_sync.webhooks import helpscout
from tests.sandbox.helpscout_desk import MARIA, Desk, helpscout_desk

NOW = datetime(2026, 11, 25, tzinfo=UTC)
ACCOUNT = HelpscoutAccount.model_validate(
    {"app_id": "a", "app_secret": "b", "webhook_secret": "helpscout_sandbox_hook"}
)
# Written and signed with `openssl dgst -sha1 -hmac`, not by our code.
RAW = (
    b'{"id": 291938, "createdBy": {"id": 7, "type": "customer"},'
    b' "customerWaitingSince": {"time": "2026-11-24T20:18:33Z", "friendly": "20 hours ago"},'
    b' "_embedded": {"threads": [{"id": 88, "createdBy": {"type": "user"}},'
    b' {"id": 87, "createdBy": {"type": "customer"}}]}}'
)
SIGNATURE = "9uc4FXyqWS8c63hGOOKJqiWPjD8="
HEADERS = {"x-helpscout-event": "convo.customer.reply.created", "x-helpscout-signature": SIGNATURE}
EVENT = TicketEvent("291938:87", "convo.customer.reply.created", "291938")


def verify(raw: bytes = RAW, account: HelpscoutAccount = ACCOUNT, **headers: str) -> TicketEvent | None:
    changed = {name.replace("_", "-"): value for name, value in headers.items()}
    return helpscout.verify(raw, HEADERS | changed, account, NOW)


def signed(body: Any, event: str = "convo.created") -> TicketEvent | None:
    raw = json.dumps(body).encode()
    digest = hmac.new(b"helpscout_sandbox_hook", raw, hashlib.sha1).digest()
    return verify(raw, x_helpscout_event=event, x_helpscout_signature=base64.b64encode(digest).decode())


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with helpscout_desk(tmp_path) as found:
        yield found


def test_a_genuine_letter_names_the_conversation() -> None:
    assert verify() == EVENT
    assert helpscout.is_configured(ACCOUNT)


def test_a_replay_has_the_first_ones_id_even_under_another_event() -> None:
    again, renamed = verify(), verify(x_helpscout_event="convo.created")
    assert again
    assert renamed
    assert again.event_id == renamed.event_id == EVENT.event_id


@pytest.mark.parametrize(
    ("raw", "signature", "word"),
    [
        (RAW.replace(b"291938", b"291939"), SIGNATURE, "mismatched"),
        (json.dumps(json.loads(RAW), separators=(",", ":")).encode(), SIGNATURE, "mismatched"),
        (RAW + b"\n", SIGNATURE, "mismatched"),
        (RAW, base64.b64encode(hmac.new(b"other", RAW, hashlib.sha1).digest()).decode(), "mismatched"),
        (RAW, hmac.new(b"helpscout_sandbox_hook", RAW, hashlib.sha1).hexdigest(), "mismatched"),
        (RAW, "ä", "mismatched"),
        (RAW, "", "missing"),
    ],
)
def test_nothing_else_is_believed(raw: bytes, signature: str, word: str) -> None:
    with pytest.raises(Forged, match=word):
        verify(raw, x_helpscout_signature=signature)


def test_without_a_secret_nothing_is_believed() -> None:
    bare = HelpscoutAccount.model_validate({"app_id": "a", "app_secret": "b"})
    assert not helpscout.is_configured(bare)
    with pytest.raises(Forged, match="webhook_secret"):
        verify(account=bare)
    with pytest.raises(Forged, match="missing"):
        helpscout.verify(RAW, {}, ACCOUNT, NOW)


@pytest.mark.parametrize("ids", [(87, 86), (86, 87)])
def test_the_newest_words_name_the_event_in_whatever_order_they_come(ids: tuple[int, ...]) -> None:
    threads = [{"id": id, "createdBy": {"type": "customer"}} for id in ids]
    body = json.loads(RAW) | {"_embedded": {"threads": threads}}
    assert signed(body, "convo.customer.reply.created") == EVENT


@pytest.mark.parametrize("event", ["convo.note.created", "convo.agent.reply.created", "customer.updated", ""])
def test_other_topics_are_not_for_us(event: str) -> None:
    assert verify(x_helpscout_event=event) is None


def test_a_conversation_that_the_team_began_is_not_for_us() -> None:
    body = json.loads(RAW)
    assert signed(body) is not None
    assert signed(body | {"createdBy": {"id": 1, "type": "user"}}) is None


def test_the_words_of_time_passed_do_not_make_another_event() -> None:
    body = json.loads(RAW)
    waiting = {"time": "2026-11-24T20:18:33Z", "friendly": "21 hours ago"}
    assert signed(body | {"customerWaitingSince": waiting}, "convo.customer.reply.created") == EVENT
    bare = {name: value for name, value in body.items() if name != "_embedded"}
    first, later = signed(bare), signed(bare | {"customerWaitingSince": {"time": "2026-11-25T08:00:00Z"}})
    assert first
    assert later
    assert first.event_id != later.event_id


@pytest.mark.parametrize(
    "body", [{"uri": "https://api.helpscout.net/v2/conversations/1"}, [], {"id": 1}, {"id": None}, "text"]
)
def test_a_letter_without_a_conversation_says_what_to_change(body: Any) -> None:
    with pytest.raises(Forged, match="whole objects"):
        signed(body)


def test_the_emulators_letters_are_understood(desk: Desk) -> None:
    before = len(desk.letters())
    ticket = desk.act("ask", email=MARIA, subject="s", text="t")["ticket"]
    desk.act("reply", ticket=ticket, text="again")
    desk.http.post(f"/v2/conversations/{ticket}/notes", json={"text": "n"})
    heard = [helpscout.verify(raw, headers, ACCOUNT, NOW) for headers, raw in desk.letters()[before:]]
    created, replied, noted = heard
    assert noted is None
    assert created
    assert replied
    assert (created.ticket_id, replied.ticket_id) == (ticket, ticket)
    assert created.event_id != replied.event_id
