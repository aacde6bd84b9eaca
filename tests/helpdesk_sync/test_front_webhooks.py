"""Front's application webhooks: customers' words are told, others passed over, forged and stale ones refused."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from starlette.responses import JSONResponse

from billing.errors import Forged
from billing.settings_helpdesks import FrontAccount
from helpdesk_sync.ports import TicketEvent
from helpdesk_sync.webhooks import front as webhook
from sandbox.front import webhooks as letters
from tests.sandbox.front_desk import Desk, front_desk


def account(key: str | None = "front_sandbox_key") -> FrontAccount:
    return FrontAccount.model_validate({"api_token": "front_sandbox_token", "webhook_secret": key})


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with front_desk(tmp_path) as found:
        yield found


Letter = Callable[..., tuple[dict[str, str], bytes]]


@pytest.fixture
def letter(desk: Desk) -> Letter:
    """Return the newest event's letter, as the emulator signs it."""

    def write() -> tuple[dict[str, str], bytes]:
        newest = desk.state.list("front", "front", "event", limit=1)[0]
        written = letters.letter(desk.state, "front", newest["id"])
        assert written
        return dict(written[0]), written[1]

    return write


def signed(raw: bytes, at_ms: int, key: bytes = b"front_sandbox_key") -> dict[str, str]:
    digest = hmac.new(key, f"{at_ms}:".encode() + raw, hashlib.sha256).digest()
    return {"x-front-signature": base64.b64encode(digest).decode(), "x-front-request-timestamp": str(at_ms)}


def test_a_customers_words_are_told_and_all_others_passed_over(desk: Desk, letter: Letter) -> None:
    ours, now = account(), datetime.now(UTC)
    ticket = desk.act("ask", email="new@example.com", subject="Hm", text="Hm")["ticket"]
    headers, raw = letter()
    told = webhook.verify(raw, headers, ours, now)
    assert told == TicketEvent(json.loads(raw)["payload"]["id"], "inbound_received", ticket)
    assert webhook.verify(raw, headers, ours, now) == told
    desk.act("reply", ticket=ticket, text="Again")
    headers, raw = letter()
    again = webhook.verify(raw, headers, ours, now)
    assert again
    assert (again.ticket_id, again.event_id == told.event_id) == (ticket, False)
    desk.act("answer", ticket=ticket, text="We look.")
    headers, raw = letter()
    assert webhook.verify(raw, headers, ours, now) is None
    desk.http.post(f"/conversations/{ticket}/comments", json={"body": "ours"})
    headers, raw = letter()
    assert webhook.verify(raw, headers, ours, now) is None


def test_forged_letters(desk: Desk, letter: Letter) -> None:
    ours, now = account(), datetime.now(UTC)
    desk.act("ask", email="new@example.com", subject="Hm", text="Hm")
    headers, raw = letter()
    at = int(headers["x-front-request-timestamp"])
    for wrong, body, word in (
        ({}, raw, "missing"),
        ({**headers, "x-front-signature": ""}, raw, "missing"),
        ({"x-front-signature": headers["x-front-signature"]}, raw, "missing"),
        ({**headers, "x-front-signature": "é"}, raw, "mismatched"),
        ({**headers, "x-front-request-timestamp": str(at + 1)}, raw, "mismatched"),
        (signed(raw, at, b"other"), raw, "mismatched"),
        (headers, raw.replace(b"Hm", b"Hn"), "mismatched"),
        (headers, json.dumps(json.loads(raw), indent=1).encode(), "mismatched"),
        (signed(b"[]", at), b"[]", "not an event"),
        (signed(b'{"type":"inbound_received"}', at), b'{"type":"inbound_received"}', "not an event"),
    ):
        with pytest.raises(Forged, match=word):
            webhook.verify(body, wrong, ours, now)
    with pytest.raises(Forged, match="too old"):
        webhook.verify(raw, headers, ours, now + timedelta(seconds=302))
    with pytest.raises(Forged, match="too new"):
        webhook.verify(raw, headers, ours, now - timedelta(seconds=302))
    assert webhook.verify(raw, headers, ours, now + timedelta(seconds=298))
    unset = account(None)
    assert (webhook.is_configured(ours), webhook.is_configured(unset)) == (True, False)
    with pytest.raises(Forged, match="no webhook_secret"):
        webhook.verify(raw, headers, unset, now)


def test_a_time_that_is_no_number_is_forged_even_when_it_is_signed(desk: Desk) -> None:
    digest = hmac.new(b"front_sandbox_key", b"soon:{}", hashlib.sha256).digest()
    headers = {"x-front-signature": base64.b64encode(digest).decode(), "x-front-request-timestamp": "soon"}
    with pytest.raises(Forged, match="time"):
        webhook.verify(b"{}", headers, account(), datetime.now(UTC))


def test_a_saved_address_is_proved_by_its_challenge(desk: Desk, letter: Letter) -> None:
    ours = account()

    def portal(headers: dict[str, str], raw: bytes) -> JSONResponse:
        assert webhook.verify(raw, headers, ours, datetime.now(UTC)) is None
        return JSONResponse(webhook.answer_challenge(raw, headers, ours))

    desk.act("save_webhook", url=desk.listener(portal))
    desk.act("ask", email="new@example.com", subject="Hm", text="Hm")
    headers, raw = letter()
    assert webhook.answer_challenge(raw, headers, ours) is None
    at = int(headers["x-front-request-timestamp"])
    with pytest.raises(Forged):
        webhook.answer_challenge(raw, {**signed(raw, at, b"other"), "x-front-challenge": "x"}, ours)
