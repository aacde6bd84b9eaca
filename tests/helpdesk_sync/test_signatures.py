"""Vectors of each vendor's scheme, reckoned with openssl: who signed, on which bytes, and when.

Freshdesk signs nothing: its post carries a secret, and only which ticket is read again could be changed unseen.
"""

import base64
import importlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from billing.errors import Forged
from billing.settings_helpdesks import (
    FreshdeskAccount,
    FrontAccount,
    HelpscoutAccount,
    IntercomAccount,
    ZendeskAccount,
)
from helpdesk_sync.ports import TicketEvent

SIGNED_AT = datetime(2026, 11, 23, 18, tzinfo=UTC)


@dataclass(frozen=True)
class Vector:
    """A genuine word of a customer's: its bytes and headers, the account it is for, and what it says."""

    helpdesk: str
    account: Any
    raw: bytes
    headers: Mapping[str, str]
    event: TicketEvent
    secret: str
    """The name of the account's field that holds the secret."""
    is_signed: bool = True
    is_dated: bool = False

    def verify(
        self,
        raw: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        account: Any = None,
        now: datetime = SIGNED_AT,
    ) -> TicketEvent | None:
        verifier = importlib.import_module(f"helpdesk_sync.webhooks.{self.helpdesk}")
        given = self.headers if headers is None else headers
        found: TicketEvent | None = verifier.verify(
            self.raw if raw is None else raw, given, account or self.account, now
        )
        return found

    def with_secret(self, secret: str | None) -> Any:
        return self.account.model_copy(update={self.secret: SecretStr(secret) if secret else None})


VECTORS = (
    Vector(
        "zendesk",
        ZendeskAccount(
            base_url="https://x.zendesk.com",
            email="a@lampa.example",
            api_token=SecretStr("t"),
            webhook_secret=SecretStr("z-secret"),
        ),
        '{"account_id": 22129848, "detail": {"id": "5158", "requester_id": "1"}, "event": {"comment": {"id": "9", '
        '"body": "Café?", "is_public": true, "author": {"id": "1", "is_staff": false, "name": "Maria"}}}, '
        '"id": "d4f5c389-8f4a-4c2e-a1b9-8e4f39c71d52", "subject": "zen:ticket:5158", '
        '"type": "zen:event-type:ticket.comment_added"}'.encode(),
        {
            "x-zendesk-webhook-signature": "0W6RSO8AL+l46fczHZDYxqsZhnRoiYqZZhJri7MtqyI=",
            "x-zendesk-webhook-signature-timestamp": "2026-11-23T18:00:00Z",
        },
        TicketEvent(
            "d4f5c389-8f4a-4c2e-a1b9-8e4f39c71d52", "zen:event-type:ticket.comment_added", "5158"
        ),
        "webhook_secret",
        is_dated=True,
    ),
    Vector(
        "freshdesk",
        FreshdeskAccount(
            base_url="https://x.freshdesk.com", api_key=SecretStr("k"), webhook_secret=SecretStr("f-secret")
        ),
        b'{"event": "customer_replied", "ticket_id": "5158", "modified_on": "2026-11-23 18:00:00"}',
        {"x-billhouse-secret": "f-secret"},
        TicketEvent("5158:customer_replied:2026-11-23 18:00:00", "customer_replied", "5158"),
        "webhook_secret",
        is_signed=False,
    ),
    Vector(
        "helpscout",
        HelpscoutAccount(app_id="a", app_secret=SecretStr("s"), webhook_secret=SecretStr("h-secret")),
        '{"id": 5158, "createdBy": {"type": "customer"}, "createdAt": "2026-11-23T18:00:00Z", "_embedded": '
        '{"threads": [{"id": 9, "createdBy": {"type": "customer"}, "body": "Café?"}]}}'.encode(),
        {
            "x-helpscout-signature": "H4xfnb1Jg87QmrrylBNPSMLPicc=",
            "x-helpscout-event": "convo.customer.reply.created",
        },
        TicketEvent("5158:9", "convo.customer.reply.created", "5158"),
        "webhook_secret",
    ),
    Vector(
        "intercom",
        IntercomAccount(access_token=SecretStr("t"), admin_id="1", client_secret=SecretStr("i-secret")),
        '{"type": "notification_event", "id": "notif_1", "topic": "conversation.user.replied", "data": {"item": '
        '{"type": "conversation", "id": "5158", "body": "Café?"}}}'.encode(),
        {"x-hub-signature": "sha1=20d239745902892bfd754e3c4d8a00799d9ccb5d"},
        TicketEvent("notif_1", "conversation.user.replied", "5158"),
        "client_secret",
    ),
    Vector(
        "front",
        FrontAccount(api_token=SecretStr("t"), webhook_secret=SecretStr("f-secret")),
        '{"authorization": {"id": "cmp_1"}, "type": "inbound_received", "payload": {"id": "evt_1", "type": '
        '"inbound", "conversation": {"id": "cnv_5158", "subject": "Café?"}}}'.encode(),
        {
            "x-front-signature": "qvrLOU4wilqWLPUzKG+jCBODJyy19qjrFDwh4Zvb2Ec=",
            "x-front-request-timestamp": "1795456800000",
        },
        TicketEvent("evt_1", "inbound_received", "cnv_5158"),
        "webhook_secret",
        is_dated=True,
    ),
)  # fmt: skip
every = pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.helpdesk)
signed = pytest.mark.parametrize(
    "vector", [one for one in VECTORS if one.is_signed], ids=lambda vector: vector.helpdesk
)
dated = pytest.mark.parametrize(
    "vector", [one for one in VECTORS if one.is_dated], ids=lambda vector: vector.helpdesk
)


@every
def test_a_genuine_word_is_an_event_and_the_same_one_when_it_is_repeated(vector: Vector) -> None:
    assert vector.verify() == vector.event
    assert vector.verify(now=SIGNED_AT + timedelta(seconds=60)) == vector.event


@every
def test_another_key_is_refused_and_no_secret_is_told(vector: Vector) -> None:
    with pytest.raises(Forged, match="mismatched") as raised:
        vector.verify(account=vector.with_secret("another-secret"))
    assert "secret" not in str(raised.value).replace("another secret", "").replace("webhook_secret", "")


@every
def test_without_a_signature_or_a_secret_nothing_is_believed(vector: Vector) -> None:
    verifier = importlib.import_module(f"helpdesk_sync.webhooks.{vector.helpdesk}")
    assert verifier.SIGNATURE_HEADER in vector.headers
    for headers in ({}, {**vector.headers, verifier.SIGNATURE_HEADER: ""}):
        with pytest.raises(Forged, match="missing"):
            vector.verify(headers=headers)
    for odd in ("sha1=", "é", "nonsense", "0" * 64):
        with pytest.raises(Forged, match="mismatched"):
            vector.verify(headers={**vector.headers, verifier.SIGNATURE_HEADER: odd})
    assert verifier.is_configured(vector.account)
    assert not verifier.is_configured(vector.with_secret(None))
    with pytest.raises(Forged, match="configured"):
        vector.verify(account=vector.with_secret(None))


@signed
def test_one_changed_byte_is_refused(vector: Vector) -> None:
    for place in range(0, len(vector.raw), 7):
        changed = bytearray(vector.raw)
        changed[place] ^= 1
        with pytest.raises(Forged, match="mismatched"):
            vector.verify(raw=bytes(changed))
    for raw in (b"", vector.raw + b"\n", vector.raw[:-1]):
        with pytest.raises(Forged, match="mismatched"):
            vector.verify(raw=raw)


@signed
def test_a_body_that_was_read_and_written_again_is_refused(vector: Vector) -> None:
    read = json.loads(vector.raw)
    for again in (
        json.dumps(read),
        json.dumps(read, ensure_ascii=False, separators=(",", ":")),
        json.dumps(read, ensure_ascii=False, sort_keys=True),
    ):
        assert json.loads(again) == read
        with pytest.raises(Forged, match="mismatched"):
            vector.verify(raw=again.encode())


@dated
def test_a_stale_word_is_refused_and_so_is_another_time(vector: Vector) -> None:
    for seconds in (-299, 299):
        assert vector.verify(now=SIGNED_AT + timedelta(seconds=seconds)) == vector.event
    for seconds, word in ((301, "too old"), (-301, "too new")):
        with pytest.raises(Forged, match=word):
            vector.verify(now=SIGNED_AT + timedelta(seconds=seconds))
    (header,) = [name for name in vector.headers if "timestamp" in name]
    for moment in ("2026-11-23T18:00:01Z", "1795456800001", "yesterday", ""):
        with pytest.raises(Forged):
            vector.verify(headers={**vector.headers, header: moment})


@every
def test_a_signature_of_other_bytes_is_not_taken_for_these(vector: Vector) -> None:
    """What somebody signs with a key of their own, in the right form, is refused like nonsense."""
    forged = base64.b64encode(bytes(32)).decode()
    with pytest.raises(Forged):
        vector.verify(headers=dict.fromkeys(vector.headers, forged))
