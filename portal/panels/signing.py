"""Signatures and secrets of openings, compared in constant time."""

import base64
import hashlib
import hmac
from urllib.parse import urlsplit

from pydantic import SecretStr

from billing.errors import Forged


def base64_hmac_sha1(secret: SecretStr, message: bytes) -> str:
    """Return base64(HMAC-SHA1(secret, message))."""
    digest = hmac.new(secret.get_secret_value().encode(), message, hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def hex_hmac_sha256(secret: SecretStr, message: bytes) -> str:
    """Return the HMAC-SHA256 of a message in hexadecimal digits."""
    return hmac.new(secret.get_secret_value().encode(), message, hashlib.sha256).hexdigest()


def require_same(shown: str | None, expected: str, what: str) -> None:
    """Compare what was shown with what it must be.

    Raises:
        Forged: nothing was shown, or something else; `what` names it.
    """
    if not shown:
        raise Forged(f"This opening has no {what}.")
    if not hmac.compare_digest(shown.encode(), expected.encode()):
        raise Forged(f"This opening's {what} does not hold.")


def origin(url: str) -> str:
    """Return scheme, host and port of an address."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
