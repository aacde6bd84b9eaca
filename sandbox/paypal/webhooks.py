"""PayPal's webhooks: events signed with the key of a certificate that receivers fetch from the API's own host."""

import base64
import hashlib
import zlib
from datetime import UTC, datetime, timedelta

import orjson
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

from sandbox.deliveries import Letter
from sandbox.paypal.accounts import ACCOUNTS, VENDOR, base_url
from sandbox.paypal.books import ident
from sandbox.state import State

_KEY = f"{VENDOR}.webhook_key"
_CERTIFICATE = f"{VENDOR}.webhook_certificate"


def letter(state: State, account: str, event_id: str) -> Letter | None:
    """Return an event as PayPal posts it, signed now; None when the account has no such event."""
    row = state.get(VENDOR, account, "event", event_id)
    if row is None:
        return None
    body = orjson.dumps(row["body"])
    sent = datetime.now(UTC)
    transmission = f"{ident(event_id + sent.isoformat(), 8).lower()}-a48c-11f1-8a2f-0d8e5d2b6a5c"
    when = sent.strftime("%Y-%m-%dT%H:%M:%SZ")
    signature = sign(state, transmission, when, ACCOUNTS[account].webhook_id, body)
    headers = {
        "content-type": "application/json",
        "paypal-transmission-id": transmission,
        "paypal-transmission-time": when,
        "paypal-transmission-sig": signature,
        "paypal-cert-url": f"{base_url(state)}/v1/notifications/certs/{certificate_id(state)}",
        "paypal-auth-algo": "SHA256withRSA",
        "user-agent": "PayPal/AUHD-214.0-58088889",
    }
    return headers, body


def sign(state: State, transmission: str, when: str, webhook: str, body: bytes) -> str:
    """Sign what PayPal signs: transmission id, time, the webhook's id and the CRC32 of the raw body."""
    key = serialization.load_pem_private_key(_pem(state, _KEY), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    text = f"{transmission}|{when}|{webhook}|{zlib.crc32(body)}".encode()
    return base64.b64encode(key.sign(text, padding.PKCS1v15(), hashes.SHA256())).decode()


def certificate(state: State) -> bytes:
    """Return the certificate in PEM."""
    return _pem(state, _CERTIFICATE)


def certificate_id(state: State) -> str:
    """Return the certificate's name: an address never holds another certificate, so receivers may keep it."""
    digest = hashlib.sha256(certificate(state)).hexdigest()
    return f"CERT-{digest[:8]}-{digest[8:16]}-{digest[16:24]}"


def is_genuine(state: State, signature: str, transmission: str, when: str, webhook: str, body: bytes) -> bool:
    """Say whether a signature is one of ours; RSA signatures of this kind are the same each time."""
    return signature == sign(state, transmission, when, webhook, body)


def _pem(state: State, name: str) -> bytes:
    with state.transaction():
        if state.get_setting(name) is None:
            key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
            whose = x509.Name(
                [x509.NameAttribute(NameOID.COMMON_NAME, "messageverificationcerts.sandbox.example")]
            )
            now = datetime.now(UTC)
            made = (
                x509.CertificateBuilder()
                .subject_name(whose)
                .issuer_name(whose)
                .public_key(key.public_key())
                .serial_number(x509.random_serial_number())
                .not_valid_before(now - timedelta(days=30))
                .not_valid_after(now + timedelta(days=3650))
                .sign(key, hashes.SHA256())
            )
            pem = key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            state.set_setting(_KEY, pem.decode())
            state.set_setting(_CERTIFICATE, made.public_bytes(serialization.Encoding.PEM).decode())
        return str(state.get_setting(name)).encode()
