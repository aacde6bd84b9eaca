"""Recurly's webhooks: signed over milliseconds and bytes, two secrets for a day, five minutes of age."""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from pydantic import SecretStr

from billing.errors import Forged
from billing.settings_model import RecurlyAccount
from gateways.recurly.webhooks import is_configured, verify
from sandbox.recurly.webhooks import signature as emulated

NOW = datetime(2026, 11, 23, 18, tzinfo=UTC)
ACCOUNT = RecurlyAccount(
    account="recurly_main",
    title="Recurly",
    api_key=SecretStr("k"),
    webhook_secret=SecretStr("recurly_hook_secret"),
)
BODY = {
    "id": "h1at4d57xlmy", "object_type": "charge_invoice", "site_id": "site1", "event_type": "charge_invoice.paid",
    "event_time": "2026-11-23T18:00:00Z", "account_code": "maria",
}  # fmt: skip


def signature(raw: bytes, secret: str = "recurly_hook_secret", at: datetime = NOW) -> str:
    return hmac.new(secret.encode(), f"{stamp(at)}.".encode() + raw, hashlib.sha256).hexdigest()


def stamp(at: datetime = NOW) -> int:
    return int(at.timestamp() * 1000)


def headers(raw: bytes, **how: Any) -> dict[str, str]:
    at = how.get("at", NOW)
    return {"recurly-signature": f"{stamp(at)},{signature(raw, **how)}", "recurly-notification-id": "n1"}


def test_a_true_one_tells_its_object() -> None:
    raw = orjson.dumps(BODY)
    event = verify(raw, headers(raw), ACCOUNT, NOW)
    assert (event.event_id, event.type) == ("n1", "charge_invoice.paid")
    assert (event.object_kind, event.object_id) == ("invoice", "h1at4d57xlmy")


@pytest.mark.parametrize(
    ("body", "kind", "object_id", "type_"),
    [
        ({"id": "a", "object_type": "account", "event_type": "updated"}, "account", "a", "account.updated"),
        (
            {"id": "t", "object_type": "payment", "event_type": "payment.failed"},
            "transaction", "t", "payment.failed",
        ),
        (
            {"uuid": "u9", "object_type": "subscription", "event_type": "renewed"},
            "subscription", "uuid-u9", "subscription.renewed",
        ),
    ],
)  # fmt: skip
def test_kinds_are_those_of_the_api(body: dict[str, str], kind: str, object_id: str, type_: str) -> None:
    raw = orjson.dumps(body)
    event = verify(raw, headers(raw), ACCOUNT, NOW)
    assert (event.object_kind, event.object_id, event.type) == (kind, object_id, type_)


def test_during_a_change_of_secrets_either_signature_will_do() -> None:
    raw = orjson.dumps(BODY)
    both = {"recurly-signature": f"{stamp()},{signature(raw, 'the-old-one')},{signature(raw)}"}
    event = verify(raw, both, ACCOUNT, NOW)
    assert event.event_id == hashlib.sha256(raw).hexdigest(), (
        "without its header a notification is known by its bytes"
    )


@pytest.mark.parametrize("minutes", [-4.9, 4.9])
def test_five_minutes_are_allowed(minutes: float) -> None:
    raw = orjson.dumps(BODY)
    verify(raw, headers(raw, at=NOW + timedelta(minutes=minutes)), ACCOUNT, NOW)


def forgeries() -> list[tuple[str, bytes, dict[str, str], str]]:
    raw = orjson.dumps(BODY)
    in_seconds = int(NOW.timestamp())
    short = hmac.new(b"recurly_hook_secret", f"{in_seconds}.".encode() + raw, hashlib.sha256).hexdigest()
    worded = hmac.new(b"recurly_hook_secret", b"now." + raw, hashlib.sha256).hexdigest()
    return [
        ("no header", raw, {}, "missing"),
        ("another secret", raw, headers(raw, secret="another"), "mismatched"),
        ("a changed body", raw.replace(b"maria", b"marta"), headers(raw), "mismatched"),
        ("no signature", raw, {"recurly-signature": str(stamp())}, "mismatched"),
        ("not ASCII", raw, {"recurly-signature": f"{stamp()},é"}, "mismatched"),
        ("an old one", raw, headers(raw, at=NOW - timedelta(minutes=6)), "too old"),
        ("one of the future", raw, headers(raw, at=NOW + timedelta(minutes=6)), "too new"),
        ("seconds for milliseconds", raw, {"recurly-signature": f"{in_seconds},{short}"}, "too old"),
        ("XML", b"<a/>", headers(b"<a/>"), "not a JSON notification"),
        ("JSON of something else", b"[1]", headers(b"[1]"), "not a JSON notification"),
        ("a time of words", raw, {"recurly-signature": f"now,{worded}"}, "not a number"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "raw", "sent", "words"), forgeries(), ids=lambda value: value if isinstance(value, str) else ""
)
def test_forgeries_are_refused_in_words(name: str, raw: bytes, sent: dict[str, str], words: str) -> None:
    with pytest.raises(Forged, match=words):
        verify(raw, sent, ACCOUNT, NOW)


def test_what_the_emulated_site_signs_is_believed() -> None:
    raw = orjson.dumps(BODY)
    verify(raw, {"recurly-signature": emulated("recurly_hook_secret", raw, stamp())}, ACCOUNT, NOW)


def test_without_a_secret_nothing_is_believed() -> None:
    bare = ACCOUNT.model_copy(update={"webhook_secret": None})
    raw = orjson.dumps(BODY)
    assert is_configured(ACCOUNT)
    assert not is_configured(bare)
    with pytest.raises(Forged, match="webhook_secret"):
        verify(raw, headers(raw), bare, NOW)
