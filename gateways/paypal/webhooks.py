"""Verifies PayPal's webhooks: RSA-SHA256 over the raw bytes, with a certificate from PayPal's own host alone.

Chosen over posting the event back to PayPal for its verdict: the signature covers the bytes as they came, nothing
is parsed or written anew before it holds, and the door stays open while the API is down. The certificate's address
comes from the request, so it is trusted only on a host of PayPal's, by https (or at the account's own base URL).
"""

import base64
import binascii
import threading
import zlib
from collections.abc import Mapping
from datetime import datetime, timedelta

import httpx
import orjson
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from billing.errors import Forged, Transient
from billing.settings_model import PaypalAccount
from gateways.paypal.events import subject
from gateways.webhook_event import WebhookEvent

__all__ = ["SIGNATURE_HEADER", "TOLERANCE", "is_configured", "verify"]

SIGNATURE_HEADER = "paypal-transmission-sig"
TOLERANCE = timedelta(days=4)  # PayPal tries for three days; the inbox keeps each event once anyway
_TIMEOUT_SECONDS = 10.0
_MOST_CERTIFICATES = 16
_MOST_BYTES = 1 << 16
_certificates: dict[str, x509.Certificate] = {}
_lock = threading.Lock()


def is_configured(account: PaypalAccount) -> bool:
    """Say whether this account's webhooks can be verified at all."""
    return account.webhook_id is not None


def verify(raw: bytes, headers: Mapping[str, str], account: PaypalAccount, now: datetime) -> WebhookEvent:
    """Check a webhook's signature and say which object it is about.

    `raw` is the body exactly as received, `headers` have lower-case names, `now` is an aware UTC time.

    Raises:
        Forged: the signature is missing, is mismatched, or is too old; the text says which of the three.
        Transient: the certificate could not be fetched now; PayPal will send the webhook again.
    """
    names = (SIGNATURE_HEADER, "paypal-transmission-id", "paypal-transmission-time", "paypal-cert-url")
    signature, transmission, sent, url = (headers.get(name, "") for name in names)
    if not (signature and transmission and sent and url):
        raise Forged(
            "The webhook's signature is missing: a PAYPAL-TRANSMISSION header or PAYPAL-CERT-URL is absent."
        )
    if headers.get("paypal-auth-algo", "SHA256withRSA") != "SHA256withRSA":
        raise Forged("The webhook's signature is mismatched: PAYPAL-AUTH-ALGO is not SHA256withRSA.")
    text = f"{transmission}|{sent}|{account.webhook_id}|{zlib.crc32(raw)}".encode()
    try:
        key = _certificate(_trusted(url, account), now).public_key()
        if not isinstance(key, rsa.RSAPublicKey):
            raise Forged("The webhook's signature is mismatched: its certificate holds no RSA key.")
        key.verify(base64.b64decode(signature, validate=True), text, padding.PKCS1v15(), hashes.SHA256())
    except (InvalidSignature, binascii.Error):
        raise Forged(
            "The webhook's signature is mismatched: another webhook id or key signed it, or it was changed."
        ) from None
    _check_age(sent, now)
    try:
        body = orjson.loads(raw)
        kind, object_id = subject(body)
        return WebhookEvent(str(body["id"]), str(body["event_type"]), kind, object_id, None)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Forged("The webhook's body is mismatched: it is not a PayPal event.") from None


def _trusted(url: str, account: PaypalAccount) -> httpx.URL:
    """Return the certificate's address if we may fetch from it.

    Raises:
        Forged: it lies anywhere else; whoever names it could sign with a key of their own.
    """
    try:
        # Parsed by what will fetch it, so that both read the same host.
        asked, own = httpx.URL(url), httpx.URL(account.base_url)
    except (httpx.InvalidURL, TypeError):
        raise Forged("The webhook's signature is mismatched: PAYPAL-CERT-URL is no address.") from None
    is_own = (asked.scheme, asked.host, asked.port) == (own.scheme, own.host, own.port)
    is_paypal = (
        asked.scheme == "https" and asked.port in (None, 443) and f".{asked.host}".endswith(".paypal.com")
    )
    if asked.userinfo or not (is_own or is_paypal):
        raise Forged("The webhook's signature is mismatched: its certificate is not on a host of PayPal's.")
    return asked


def _certificate(url: httpx.URL, now: datetime) -> x509.Certificate:
    """Return a certificate that is valid now, from memory or its address.

    Raises:
        Forged: there is none, or it is not valid now.
        Transient: PayPal does not answer.
    """
    with _lock:
        found = _certificates.get(str(url))
    if found is None:
        found = _fetch(url)
        with _lock:
            if len(_certificates) >= _MOST_CERTIFICATES:
                _certificates.clear()
            _certificates[str(url)] = found
    if not found.not_valid_before_utc <= now <= found.not_valid_after_utc:
        raise Forged("The webhook's signature is mismatched: its certificate is not valid now.")
    return found


def _fetch(url: httpx.URL) -> x509.Certificate:
    try:
        answer = httpx.get(url, follow_redirects=False, timeout=_TIMEOUT_SECONDS)
    except httpx.HTTPError as cause:
        raise Transient(f"PayPal's certificate could not be fetched ({type(cause).__name__}).") from None
    if answer.status_code == 429 or answer.status_code >= 500:
        raise Transient(f"PayPal's certificate could not be fetched (HTTP {answer.status_code}).")
    try:
        if answer.status_code != 200 or len(answer.content) > _MOST_BYTES:
            raise ValueError
        return x509.load_pem_x509_certificate(answer.content)
    except ValueError:
        raise Forged("The webhook's signature is mismatched: PAYPAL-CERT-URL holds no certificate.") from None


def _check_age(sent: str, now: datetime) -> None:
    try:
        age = now - datetime.fromisoformat(sent)
    except (ValueError, TypeError):
        raise Forged("The webhook's signature is mismatched: its time is none.") from None
    if age > TOLERANCE:
        raise Forged(
            f"The webhook's signature is too old: {age.days} days, where {TOLERANCE.days} are allowed."
        )
