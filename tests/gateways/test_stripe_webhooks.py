"""Only what Stripe signed, lately, with our secret, is believed."""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import orjson
import pytest
import stripe
from hypothesis import given
from hypothesis import strategies as st

from billing.errors import Forged
from billing.settings_model import StripeAccount
from gateways.stripe import webhooks
from gateways.stripe.webhooks import TOLERANCE_SECONDS
from gateways.webhook_event import WebhookEvent

SECRET = "whsec_test"
ACCOUNT = StripeAccount.model_validate(
    {"account": "stripe_eu", "title": "Europe", "secret_key": "sk_test", "webhook_secret": SECRET}
)
NOW = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
BODY = orjson.dumps(
    {
        "id": "evt_1",
        "object": "event",
        "type": "charge.refunded",
        "data": {"object": {"id": "ch_1", "object": "charge", "description": "Zoë – 5 €"}},
    }
)


def verify(body: bytes, header: str | None, account: StripeAccount, now: datetime) -> WebhookEvent:
    return webhooks.verify(body, {} if header is None else {"stripe-signature": header}, account, now)


def signed(body: bytes, secret: str = SECRET, at: datetime = NOW) -> str:
    """Sign as Stripe documents it, apart from the SDK that verifies."""
    moment = int(at.timestamp())
    digest = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={moment},v1={digest}"


def test_a_signed_event_is_believed() -> None:
    event = verify(BODY, signed(BODY), ACCOUNT, NOW)
    assert (event.event_id, event.type) == ("evt_1", "charge.refunded")
    assert (event.object_kind, event.object_id, event.account) == ("charge", "ch_1", None)


def test_our_signature_is_the_sdks() -> None:
    header = stripe.WebhookSignature.generate_signature_header(BODY.decode(), SECRET, int(NOW.timestamp()))
    assert header == signed(BODY)


def test_one_good_signature_among_several_is_enough() -> None:
    good = signed(BODY).partition(",")[2]
    header = f"t={int(NOW.timestamp())},v1={'0' * 64},{good},v0=abc"
    assert verify(BODY, header, ACCOUNT, NOW).event_id == "evt_1"


@pytest.mark.parametrize(
    ("body", "header", "reason"),
    [
        (BODY, None, "missing"),
        (BODY, "", "missing"),
        (BODY, "nonsense", "mismatched"),
        (BODY, f"t={int(NOW.timestamp())}", "mismatched"),
        (BODY, signed(BODY, "whsec_other"), "mismatched"),
        (BODY.replace(b"ch_1", b"ch_2"), signed(BODY), "mismatched"),
        (BODY + b" ", signed(BODY), "mismatched"),
        (b"\xff\xfe", signed(BODY), "mismatched"),
        (b'{"id": "evt_1"}', signed(b'{"id": "evt_1"}'), "mismatched"),
        (b"[]", signed(b"[]"), "mismatched"),
    ],
)
def test_what_is_forged_is_refused_with_its_reason(body: bytes, header: str | None, reason: str) -> None:
    with pytest.raises(Forged, match=reason):
        verify(body, header, ACCOUNT, NOW)


def test_a_replay_is_refused_when_it_is_too_old() -> None:
    header = signed(BODY, at=NOW - timedelta(seconds=TOLERANCE_SECONDS + 1))
    with pytest.raises(Forged, match="too old"):
        verify(BODY, header, ACCOUNT, NOW)
    assert verify(BODY, signed(BODY, at=NOW - timedelta(seconds=TOLERANCE_SECONDS)), ACCOUNT, NOW)


def test_a_new_date_on_an_old_signature_is_refused() -> None:
    old = signed(BODY, at=NOW - timedelta(days=1))
    renewed = f"t={int(NOW.timestamp())},{old.partition(',')[2]}"
    with pytest.raises(Forged, match="mismatched"):
        verify(BODY, renewed, ACCOUNT, NOW)


@given(st.binary(max_size=200), st.text(max_size=80))
def test_anything_unsigned_is_refused(body: bytes, header: str) -> None:
    with pytest.raises(Forged):
        verify(body, header, ACCOUNT, NOW)


@given(st.integers(0, len(BODY) - 1), st.integers(0, 255))
def test_any_changed_byte_is_noticed(place: int, byte: int) -> None:
    changed = BODY[:place] + bytes([byte]) + BODY[place + 1 :]
    if changed == BODY:
        return
    with pytest.raises(Forged):
        verify(changed, signed(BODY), ACCOUNT, NOW)
