"""Intercom's inbox: Canvas Kit posts JSON from Intercom's servers and draws the components that we answer.

`X-Body-Signature` is the HMAC-SHA256 of the raw body with the app's client secret, in hexadecimal digits; the body
names the conversation and the teammate. Source: developers.intercom.com, "Canvas Kit".
"""

import json
from datetime import datetime
from typing import Any

from pydantic import SecretStr

from billing.errors import Forged
from billing.settings_helpdesks import IntercomAccount
from portal.panels.port import Asked, Proof
from portal.panels.signing import hex_hmac_sha256, require_same

HOST = ""


def is_configured(account: IntercomAccount) -> bool:
    """Say whether the app's client secret is known."""
    return account.client_secret is not None


def prove(asked: Asked, account: IntercomAccount, now: datetime) -> Proof:
    """Return the conversation and the teammate that Intercom signed for."""
    assert account.client_secret is not None
    expected = hex_hmac_sha256(account.client_secret, asked.raw)
    require_same(asked.headers.get("x-body-signature"), expected, "signature")
    try:
        said: Any = json.loads(asked.raw)
        ticket, agent = str(said["conversation"]["id"]), str(said["admin"]["id"])
    except (ValueError, LookupError, TypeError):
        raise Forged("The signed body names no conversation or no teammate.") from None
    return Proof(ticket, agent)


def framed_by(_account: IntercomAccount) -> tuple[str, ...]:
    """Return none: Intercom draws the components itself."""
    return ()


def data_secret(_account: IntercomAccount) -> SecretStr | None:
    """Return None: Intercom signs what it asks for."""
    return None
