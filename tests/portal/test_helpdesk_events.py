"""Ticket events at the portal: verified and kept once, or refused in words without a trace."""

import base64
import hashlib
import hmac
import json
import logging
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from billing.settings_model import Settings
from billing.store import inbox, transaction
from billing.store.tables import inbox as inbox_table
from portal.app import build
from portal.intake import MAX_BYTES

SECRET = "zendesk_hook_of_the_tests"
URL = "/helpdesks/zendesk/main"
FRONT_KEY = "front_key_of_the_tests"
Sign = Callable[..., tuple[bytes, dict[str, str]]]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    zendesk = {
        "base_url": "https://x.zendesk.com",
        "email": "a@lampa.example",
        "api_token": "t",
    }
    return Settings.model_validate(
        {
            "company": {"name": "Lampa", "address": ["Road 1"], "country": "DE", "email": "a@lampa.example"},
            "store": {"url": f"sqlite:///{tmp_path}/store.db"},
            "warehouse": {"dir": tmp_path / "warehouse"},
            "helpdesks": {
                "zendesk": [
                    {"account": "main", "webhook_secret": SECRET, **zendesk},
                    {"account": "quiet", **zendesk},
                ],
                "front": [{"api_token": "t", "webhook_secret": FRONT_KEY}],
            },
        }
    )


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    with TestClient(build(settings)) as client:
        yield client


@pytest.fixture
def sign() -> Sign:
    """sign(event_id="e1", at=..., secret=..., **changes) -> raw body and headers as Zendesk sends them."""

    def make(
        event_id: str = "e1", *, at: datetime | None = None, secret: str = SECRET, **changes: Any
    ) -> tuple[bytes, dict[str, str]]:
        body = {"id": event_id, "type": "zen:event-type:ticket.created", "detail": {"id": "4711"}, **changes}
        raw = json.dumps(body, indent=2).encode()
        moment = (at or datetime.now(UTC)).strftime("%Y-%m-%dT%H:%M:%SZ")
        digest = hmac.new(secret.encode(), moment.encode() + raw, hashlib.sha256).digest()
        return raw, {
            "X-Zendesk-Webhook-Signature": base64.b64encode(digest).decode(),
            "X-Zendesk-Webhook-Signature-Timestamp": moment,
        }

    return make


def kept(engine: Engine) -> list[tuple[str, ...]]:
    with engine.connect() as connection:
        sql = "select gateway, account, event_id, event_type, object_kind, object_id from inbox order by id"
        return [tuple(row) for row in connection.exec_driver_sql(sql).all()]


def test_an_event_is_kept_once_under_the_helpdesks_name(
    client: TestClient, engine: Engine, sign: Sign
) -> None:
    raw, headers = sign()
    for _ in range(3):
        answer = client.post(URL, content=raw, headers=headers)
        assert (answer.status_code, answer.json()) == (200, {"received": True})
    assert kept(engine) == [("zendesk", "main", "e1", "zen:event-type:ticket.created", "ticket", "4711")]
    with transaction(engine) as connection:
        assert inbox.pending(connection, sources=["stripe", "paypal"]) == []
        assert [hint.object_id for hint in inbox.pending(connection, sources=["zendesk"])] == ["4711"]


@pytest.mark.parametrize(("is_public", "is_staff"), [(False, True), (True, True), (False, False)], ids=str)
def test_our_own_notes_and_agents_words_are_answered_and_dropped(
    client: TestClient, engine: Engine, sign: Sign, is_public: bool, is_staff: bool
) -> None:
    comment = {"id": "1", "body": "x", "is_public": is_public, "author": {"id": "1", "is_staff": is_staff}}
    raw, headers = sign(type="zen:event-type:ticket.comment_added", event={"comment": comment})
    assert client.post(URL, content=raw, headers=headers).status_code == 200
    assert kept(engine) == []


def test_a_customers_comment_is_kept(client: TestClient, engine: Engine, sign: Sign) -> None:
    comment = {"id": "1", "body": "x", "is_public": True, "author": {"id": "1", "is_staff": False}}
    raw, headers = sign(type="zen:event-type:ticket.comment_added", event={"comment": comment})
    assert client.post(URL, content=raw, headers=headers).status_code == 200
    assert len(kept(engine)) == 1


@pytest.mark.parametrize("body", [b"", b"not json", b"[]", b'{"type": "x"}', b"null"])
def test_a_genuine_word_that_says_nothing_is_answered(
    client: TestClient, engine: Engine, body: bytes
) -> None:
    """Zendesk's Admin Center tests an address with whatever the admin typed."""
    moment = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    digest = hmac.new(SECRET.encode(), moment.encode() + body, hashlib.sha256).digest()
    headers = {
        "X-Zendesk-Webhook-Signature": base64.b64encode(digest).decode(),
        "X-Zendesk-Webhook-Signature-Timestamp": moment,
    }
    assert client.post(URL, content=body, headers=headers).status_code == 200
    assert kept(engine) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"secret": "a_strangers_secret"}, "mismatched"),
        ({"at": datetime.now(UTC) - timedelta(seconds=900)}, "too old"),
    ],
)
def test_what_does_not_hold_is_refused_in_words(
    client: TestClient,
    engine: Engine,
    sign: Sign,
    caplog: pytest.LogCaptureFixture,
    change: dict[str, Any],
    words: str,
) -> None:
    raw, headers = sign(**change)
    with caplog.at_level(logging.DEBUG):
        answer = client.post(URL, content=raw, headers=headers)
    assert answer.status_code == 400
    assert words in answer.json()["error"]
    assert kept(engine) == []
    assert "refused" in caplog.text
    assert SECRET not in caplog.text
    assert headers["X-Zendesk-Webhook-Signature"] not in caplog.text


def test_a_changed_body_is_refused(client: TestClient, engine: Engine, sign: Sign) -> None:
    raw, headers = sign()
    assert client.post(URL, content=raw.replace(b"4711", b"4712"), headers=headers).status_code == 400
    assert client.post(URL, content=raw).status_code == 400
    assert kept(engine) == []


def test_an_account_without_a_secret_says_so(client: TestClient, engine: Engine, sign: Sign) -> None:
    raw, headers = sign()
    answer = client.post("/helpdesks/zendesk/quiet", content=raw, headers=headers)
    assert answer.status_code == 503
    assert "No secret is configured for zendesk quiet" in answer.json()["error"]
    assert answer.headers["Retry-After"] == "60"
    assert kept(engine) == []


@pytest.mark.parametrize(
    "path", ["zendesk/other", "freshdesk/main", "stripe/main", "__init__/main", "os/path", "..%2Fx/main"]
)
def test_an_unknown_account_is_not_found(client: TestClient, sign: Sign, path: str) -> None:
    raw, headers = sign()
    assert client.post(f"/helpdesks/{path}", content=raw, headers=headers).status_code == 404


def test_a_large_body_is_refused_with_and_without_a_length(client: TestClient, sign: Sign) -> None:
    raw, headers = sign(padding="x" * MAX_BYTES)
    assert client.post(URL, content=raw, headers=headers).status_code == 413
    chunks = (raw[n : n + 65536] for n in range(0, len(raw), 65536))
    assert client.post(URL, content=chunks, headers=headers).status_code == 413


def test_a_helpdesk_may_ask_whether_the_address_is_one(client: TestClient) -> None:
    assert client.head(URL).status_code == client.get(URL).status_code == 200
    assert client.head("/helpdesks/zendesk/nobody").status_code == 404
    assert client.put(URL, content=b"{}").status_code == 405


def test_a_store_that_cannot_write_asks_for_the_event_again(
    client: TestClient, engine: Engine, sign: Sign
) -> None:
    with engine.begin() as connection:
        inbox_table.drop(connection)
    raw, headers = sign()
    answer = client.post(URL, content=raw, headers=headers)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")


def test_fronts_challenge_is_answered_when_its_own_key_signed_it(client: TestClient, engine: Engine) -> None:
    raw, moment = b'{"type": "sync"}', str(time.time_ns() // 1_000_000)

    def signed(key: str) -> dict[str, str]:
        digest = hmac.new(key.encode(), f"{moment}:".encode() + raw, hashlib.sha256).digest()
        return {
            "X-Front-Signature": base64.b64encode(digest).decode(),
            "X-Front-Request-Timestamp": moment,
            "X-Front-Challenge": "prove-it",
        }

    answer = client.post("/helpdesks/front/front", content=raw, headers=signed(FRONT_KEY))
    assert (answer.status_code, answer.json()) == (200, {"challenge": "prove-it"})
    assert client.post("/helpdesks/front/front", content=raw, headers=signed("stranger")).status_code == 400
    assert kept(engine) == []
