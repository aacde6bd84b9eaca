"""Intercom's webhooks: contacts' words are told, others passed over, forged ones refused; a replay keeps its id."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest

from billing.errors import Forged
from billing.settings_helpdesks import IntercomAccount
from helpdesk_sync.ports import TicketEvent
from helpdesk_sync.webhooks import intercom as webhook
from tests.sandbox.intercom_desk import Desk, intercom_desk

NOW = datetime.now(UTC)


def account(secret: str | None = "intercom_sandbox_client") -> IntercomAccount:
    return IntercomAccount.model_validate(
        {"access_token": "intercom_sandbox_token", "admin_id": "5001", "client_secret": secret}
    )


def signed(raw: bytes, secret: str = "intercom_sandbox_client") -> dict[str, str]:
    return {"x-hub-signature": "sha1=" + hmac.new(secret.encode(), raw, hashlib.sha1).hexdigest()}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with intercom_desk(tmp_path) as found:
        yield found


def test_a_contacts_words_are_told_and_all_others_passed_over(desk: Desk) -> None:
    ticket = desk.act("ask", email="new@example.com", subject="Hm", text="Hm")["ticket"]
    headers, raw = desk.letter()
    told = webhook.verify(raw, headers, account(), NOW)
    assert told == TicketEvent(json.loads(raw)["id"], "conversation.user.created", ticket)
    desk.act("reply", ticket=ticket, text="Again")
    headers, raw = desk.letter()
    again = webhook.verify(raw, headers, account(), NOW)
    assert again == TicketEvent(json.loads(raw)["id"], "conversation.user.replied", ticket)
    assert again.event_id != told.event_id
    note = {"message_type": "note", "type": "admin", "admin_id": "5001", "body": "Hm"}
    for passed_over in (
        lambda: desk.http.post(f"/conversations/{ticket}/reply", json=note),
        lambda: desk.http.post(f"/conversations/{ticket}/reply", json={**note, "message_type": "comment"}),
        lambda: desk.act("close_ticket", ticket=ticket),
        lambda: desk.act("ping"),
    ):
        passed_over()
        headers, raw = desk.letter()
        assert webhook.verify(raw, headers, account(), NOW) is None


def test_a_known_vector() -> None:
    """Signed with `openssl dgst -sha1 -hmac secret`."""
    raw = b'{"type":"notification_event","id":null,"topic":"ping"}'
    good = {"x-hub-signature": "sha1=93e4801d4a41b1ddfb0b2580407de4580c9c148d"}
    assert webhook.verify(raw, good, account("secret"), NOW) is None
    with pytest.raises(Forged, match="mismatched"):
        webhook.verify(
            raw,
            {"x-hub-signature": good["x-hub-signature"].replace("sha1=", "sha256=")},
            account("secret"),
            NOW,
        )


def test_forged_letters_are_refused(desk: Desk) -> None:
    desk.act("ask", email="new@example.com", subject="Hm", text="Grüße")
    headers, raw = desk.letter()
    given = headers["x-hub-signature"]
    for body, sent in (
        (raw, signed(raw, "another_secret")),
        (raw.replace(b"user.created", b"user.replied"), headers),
        (raw + b" ", headers),
        (json.dumps(json.loads(raw)).encode(), headers),
        (raw, {"x-hub-signature": given.removeprefix("sha1=")}),
        (raw, {"x-hub-signature": given[:-1] + "é"}),
    ):
        with pytest.raises(Forged, match="mismatched") as forged:
            webhook.verify(body, sent, account(), NOW)
        assert given.removeprefix("sha1=") not in str(forged.value)
    for sent in ({}, {"x-hub-signature": ""}, {"X-Hub-Signature": given}):
        with pytest.raises(Forged, match="missing"):
            webhook.verify(raw, sent, account(), NOW)
    assert not webhook.is_configured(account(None))
    assert webhook.is_configured(account())
    with pytest.raises(Forged, match="no client_secret"):
        webhook.verify(raw, headers, account(None), NOW)


def test_a_replay_is_the_same_event(desk: Desk) -> None:
    """Nothing dates a letter: its id tells that it was here before."""
    desk.act("ask", email="new@example.com", subject="Hm", text="Hm")
    headers, raw = desk.letter()
    first = webhook.verify(raw, headers, account(), NOW)
    [event] = desk.state.list("intercom", "intercom", "notifications", limit=1)
    desk.state.execute(
        "insert into deliveries(account, event_id, attempts, due) values ('intercom', ?, 1, 0)",
        (event["id"],),
    )
    headers, repeated = desk.letter()
    assert repeated != raw
    assert webhook.verify(repeated, headers, account(), NOW) == first


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b"\xff",
        orjson.dumps({"topic": "conversation.user.created", "id": None, "data": {"item": {"id": "1"}}}),
        orjson.dumps({"topic": "conversation.user.created", "id": "notif_1", "data": {"item": None}}),
    ],
)
def test_what_is_no_notification_is_refused_even_when_signed(body: bytes) -> None:
    with pytest.raises(Forged, match="not a notification"):
        webhook.verify(body, signed(body), account(), NOW)
