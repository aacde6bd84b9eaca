"""Only what a shop signed with our secret is believed."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.errors import Forged
from billing.settings_model import WoocommerceAccount
from gateways.woocommerce import webhooks
from gateways.woocommerce.webhooks import is_ping

SECRET = "woo_hook"
BODY = b'{"id":18,"status":"processing","billing":{"first_name":"Zo\xc3\xab"}}'
NOW = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
HEADERS = {
    "x-wc-webhook-topic": "order.updated", "x-wc-webhook-resource": "order", "x-wc-webhook-event": "updated",
    "x-wc-webhook-delivery-id": "d1",
}  # fmt: skip


def account(secret: str | None = SECRET) -> WoocommerceAccount:
    values = {"account": "shop", "title": "Shop", "consumer_key": "ck", "consumer_secret": "cs"}
    return WoocommerceAccount.model_validate(
        {**values, "base_url": "https://shop.example", "webhook_secret": secret}
    )


def signed(body: bytes, secret: str = SECRET) -> dict[str, str]:
    """Sign as class-wc-webhook.php does."""
    digest = hmac.new(secret.encode(), body, hashlib.sha256).digest()
    return {**HEADERS, "x-wc-webhook-signature": base64.b64encode(digest).decode()}


def test_a_signed_letter_is_believed() -> None:
    event = webhooks.verify(BODY, signed(BODY), account(), NOW)
    assert (event.type, event.object_kind, event.object_id) == ("order.updated", "order", "18")


def test_a_deletion_names_its_object() -> None:
    body = b'{"id":18}'
    assert webhooks.verify(body, signed(body), account(), NOW).object_id == "18"


def test_two_letters_of_one_second_are_two_events() -> None:
    """A shop gives them the same delivery id."""
    other = BODY.replace(b"processing", b"completed")
    first, second = (webhooks.verify(body, signed(body), account(), NOW) for body in (BODY, other))
    again = webhooks.verify(BODY, signed(BODY), account(), NOW)
    assert first.event_id != second.event_id
    assert first == again, "the same letter once more is the same event"


def test_the_secret_is_entity_decoded_before_it_signs() -> None:
    assert webhooks.verify(BODY, signed(BODY, "a&b"), account("a&amp;b"), NOW).object_id == "18"
    assert webhooks.verify(BODY, signed(BODY, "a&b"), account("a&b"), NOW).object_id == "18"


@pytest.mark.parametrize(
    ("body", "headers", "words"),
    [
        (BODY, HEADERS, "missing"),
        (BODY, signed(BODY, "other"), "mismatched"),
        (BODY.replace(b"18", b"19"), signed(BODY), "mismatched"),
        (b'{"status":"x"}', signed(b'{"status":"x"}'), "body"),
        (b"[]", signed(b"[]"), "body"),
        (b'{"id":"../1"}', signed(b'{"id":"../1"}'), "body"),
        (BODY, {**signed(BODY), "x-wc-webhook-resource": ""}, "headers"),
    ],
)
def test_what_is_forged_is_refused_with_its_reason(body: bytes, headers: dict[str, str], words: str) -> None:
    with pytest.raises(Forged, match=words):
        webhooks.verify(body, headers, account(), NOW)


def test_without_a_secret_nothing_holds() -> None:
    assert not webhooks.is_configured(account(None))
    with pytest.raises(Forged):
        webhooks.verify(BODY, signed(BODY, ""), account(None), NOW)


def test_a_ping_is_known_by_its_form_alone() -> None:
    assert is_ping(b"webhook_id=12", {"content-type": "application/x-www-form-urlencoded"})
    assert not is_ping(b"webhook_id=12", signed(b"webhook_id=12"))
    assert not is_ping(b"webhook_id=12&x=1", {})
    assert not is_ping(BODY, {})
    with pytest.raises(Forged):
        webhooks.verify(b"webhook_id=12", {}, account(), NOW)


@given(st.binary(max_size=200), st.text(max_size=80))
def test_anything_unsigned_is_refused(body: bytes, signature: str) -> None:
    with pytest.raises(Forged):
        webhooks.verify(body, {**HEADERS, "x-wc-webhook-signature": signature}, account(), NOW)


@given(st.integers(0, len(BODY) - 1), st.integers(0, 255))
def test_any_changed_byte_is_noticed(place: int, byte: int) -> None:
    changed = BODY[:place] + bytes([byte]) + BODY[place + 1 :]
    if changed != BODY:
        with pytest.raises(Forged):
            webhooks.verify(changed, signed(BODY), account(), NOW)
