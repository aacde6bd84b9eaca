"""PayPal's signatures: what was signed is taken, whatever was changed is not, and no foreign host is asked."""

import base64
import zlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID
from pydantic import SecretStr

from billing.errors import Forged, Transient
from billing.settings_model import PaypalAccount
from gateways.paypal import webhooks
from gateways.paypal.webhooks import is_configured, verify
from tests.gateways.conftest import Answer, Scripted

NOW = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EVENT = orjson.dumps(
    {
        "id": "WH-1",
        "event_type": "PAYMENT.CAPTURE.REFUNDED",
        "resource_type": "refund",
        "resource": {"id": "1JU08902781691411"},
    }
)


def pem(key: rsa.RSAPrivateKey = KEY, begins: datetime = NOW - timedelta(days=1), days: int = 30) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "messageverificationcerts.paypal.com")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(begins).not_valid_after(begins + timedelta(days=days))
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


@pytest.fixture
def host(scripted: Callable[..., Scripted]) -> Scripted:
    """A server that holds the certificate and notes who asks."""
    webhooks._certificates.clear()
    return scripted(Answer(body=pem()))


def account(url: str, webhook_id: str | None = "WH-SANDBOX") -> PaypalAccount:
    return PaypalAccount(
        account="paypal_main",
        title="PayPal",
        client_id="c",
        client_secret=SecretStr("s"),
        webhook_id=webhook_id,
        base_url=url,
    )


def letter(url: str, body: bytes = EVENT, key: rsa.RSAPrivateKey = KEY, **other: str) -> dict[str, str]:
    headers = {
        "paypal-transmission-id": "69cd13f0-d67a-11e5-baa3-778b53f4ae55",
        "paypal-transmission-time": "2026-11-23T17:59:30Z",
        "paypal-cert-url": f"{url}/v1/notifications/certs/CERT-1",
        "paypal-auth-algo": "SHA256withRSA",
        **other,
    }
    text = "|".join(
        (
            headers["paypal-transmission-id"],
            headers["paypal-transmission-time"],
            "WH-SANDBOX",
            str(zlib.crc32(body)),
        )
    )
    signed = key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
    return {"paypal-transmission-sig": base64.b64encode(signed).decode(), **headers}


def test_a_good_webhook_names_its_object(host: Scripted) -> None:
    event = verify(EVENT, letter(host.url), account(host.url), NOW)
    assert (event.event_id, event.type) == ("WH-1", "PAYMENT.CAPTURE.REFUNDED")
    assert (event.object_kind, event.object_id) == ("refund", "1JU08902781691411")
    verify(EVENT, letter(host.url), account(host.url), NOW)
    assert len(host.requests) == 1, "the certificate is kept"


@pytest.mark.parametrize(
    ("kind", "resource", "expected"),
    [
        ("sale", {"id": "S1", "billing_agreement_id": "I-1"}, ("capture", "S1")),
        ("invoices", {"invoice": {"id": "INV2-1"}}, ("invoice", "INV2-1")),
        ("dispute", {"dispute_id": "PP-D-1"}, ("dispute", "PP-D-1")),
        ("checkout-order", {"id": "O1"}, ("order", "O1")),
        ("something_new", {"id": "N1"}, ("something_new", "N1")),
        ("capture", {}, ("capture", "")),
    ],
)
def test_kinds_are_named_in_our_words(
    host: Scripted, kind: str, resource: dict[str, Any], expected: tuple[str, str]
) -> None:
    body = orjson.dumps({"id": "WH-2", "event_type": "X", "resource_type": kind, "resource": resource})
    event = verify(body, letter(host.url, body), account(host.url), NOW)
    assert (event.object_kind, event.object_id) == expected


def test_a_changed_body_is_mismatched(host: Scripted) -> None:
    with pytest.raises(Forged, match="mismatched"):
        verify(EVENT.replace(b"WH-1", b"WH-9"), letter(host.url), account(host.url), NOW)


@pytest.mark.parametrize("name", ["paypal-transmission-id", "paypal-transmission-time"])
def test_a_changed_header_is_mismatched(host: Scripted, name: str) -> None:
    headers = letter(host.url) | {name: "2026-11-23T17:59:31Z"}
    with pytest.raises(Forged, match="mismatched"):
        verify(EVENT, headers, account(host.url), NOW)


def test_another_webhooks_id_is_mismatched(host: Scripted) -> None:
    with pytest.raises(Forged, match="mismatched"):
        verify(EVENT, letter(host.url), account(host.url, "WH-OTHER"), NOW)


@pytest.mark.parametrize(
    "name",
    ["paypal-transmission-sig", "paypal-transmission-id", "paypal-transmission-time", "paypal-cert-url"],
)
def test_a_header_that_is_missing_is_said_so(host: Scripted, name: str) -> None:
    headers = {key: value for key, value in letter(host.url).items() if key != name}
    with pytest.raises(Forged, match="missing"):
        verify(EVENT, headers, account(host.url), NOW)


def test_an_old_webhook_is_refused(host: Scripted) -> None:
    with pytest.raises(Forged, match="too old"):
        verify(EVENT, letter(host.url), account(host.url), NOW + timedelta(days=5))


def test_another_algorithm_is_refused(host: Scripted) -> None:
    with pytest.raises(Forged, match="SHA256withRSA"):
        verify(EVENT, letter(host.url, **{"paypal-auth-algo": "none"}), account(host.url), NOW)


@pytest.mark.parametrize(
    "url",
    [
        "{own}/certs/x",
        "https://evil.example/certs/x",
        "https://paypal.com.evil.example/x",
        "https://notpaypal.com/x",
        "http://api.paypal.com/x",
        "https://api.paypal.com:8443/x",
        "https://api.paypal.com@evil.example/x",
        "https://user@api.paypal.com/x",
        "https://evil.example\\@api.paypal.com/x",
        "file:///etc/passwd",
        "not an address",
        "//api.paypal.com/x",
    ],
)
def test_a_certificate_from_elsewhere_is_never_fetched(host: Scripted, url: str) -> None:
    """An attacker signs with a key of their own and names its certificate."""
    headers = letter(host.url) | {"paypal-cert-url": url.format(own=host.url)}
    with pytest.raises(Forged, match="mismatched"):
        verify(EVENT, headers, account("https://api-m.paypal.com"), NOW)
    assert host.requests == []


def test_paypals_own_hosts_are_trusted() -> None:
    for url in ("https://api.paypal.com/v1/notifications/certs/CERT-1", "https://api.sandbox.paypal.com/x"):
        assert str(webhooks._trusted(url, account("https://api-m.paypal.com"))) == url


def test_a_foreign_key_is_mismatched(host: Scripted) -> None:
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    with pytest.raises(Forged, match="mismatched"):
        verify(EVENT, letter(host.url, key=other), account(host.url), NOW)


@pytest.mark.parametrize(
    "answer",
    [
        Answer(404, b"no"),
        Answer(302, b"", {"Location": "http://evil.example"}),
        Answer(200, b"<html>"),
        Answer(200, b"x" * 70_000),
    ],
)
def test_an_address_without_a_certificate_is_refused(
    scripted: Callable[..., Scripted], answer: Answer
) -> None:
    webhooks._certificates.clear()
    server = scripted(answer)
    with pytest.raises(Forged, match="holds no certificate"):
        verify(EVENT, letter(server.url), account(server.url), NOW)


def test_a_certificate_that_has_run_out_is_refused(scripted: Callable[..., Scripted]) -> None:
    webhooks._certificates.clear()
    server = scripted(Answer(body=pem(begins=NOW - timedelta(days=60))))
    with pytest.raises(Forged, match="not valid now"):
        verify(EVENT, letter(server.url), account(server.url), NOW)


@pytest.mark.parametrize("answer", [Answer(503, b""), Answer(429, b""), Answer(kind="dropped")])
def test_an_outage_is_no_forgery(scripted: Callable[..., Scripted], answer: Answer) -> None:
    webhooks._certificates.clear()
    server = scripted(answer)
    with pytest.raises(Transient):
        verify(EVENT, letter(server.url), account(server.url), NOW)


@pytest.mark.parametrize("body", [b"[]", b"no json", b'{"id": "x"}', b'{"id": "x", "event_type": "y"}'])
def test_a_body_that_is_no_event_is_refused(host: Scripted, body: bytes) -> None:
    with pytest.raises(Forged, match="not a PayPal event"):
        verify(body, letter(host.url, body), account(host.url), NOW)


def test_without_a_webhook_id_nothing_can_be_verified() -> None:
    assert not is_configured(account("https://api-m.paypal.com", None))
    assert is_configured(account("https://api-m.paypal.com"))
