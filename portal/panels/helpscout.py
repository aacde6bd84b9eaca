"""Help Scout's sidebar: an iframe whose query Help Scout signed, or, for older apps, a signed POST of JSON.

The query's signature covers its parameters as one JSON object, in the order in which they came; there is no time in
it, and the same agent gets the same address for the same conversation again. So an address proves its agent for the
life of one session after its first use; later it only shows data, and what changes something asks for our own
sign-in. Sources: developer.helpscout.com, "Signature validation" and "Legacy dynamic apps".
"""

import json
from datetime import datetime
from typing import Any

from pydantic import SecretStr

from billing.errors import Forged
from billing.settings_helpdesks import HelpscoutAccount
from portal.panels.port import Asked, Proof
from portal.panels.signing import base64_hmac_sha1, origin, require_same

HOST = ""
SIGNATURE = "X-HelpScout-Signature"


def is_configured(account: HelpscoutAccount) -> bool:
    """Say whether the app's secret key is known."""
    return account.panel_secret is not None


def prove(asked: Asked, account: HelpscoutAccount, now: datetime) -> Proof:
    """Return the conversation and the agent that Help Scout signed for."""
    return _of_body(asked, account) if asked.method == "POST" else _of_query(asked, account)


def _of_query(asked: Asked, account: HelpscoutAccount) -> Proof:
    assert account.panel_secret is not None
    if asked.headers.get("sec-fetch-dest", "iframe") != "iframe":
        raise Forged("This address opens inside Help Scout alone.")
    shown = [value for name, value in asked.query if name == SIGNATURE]
    signed = {name: value for name, value in asked.query if name != SIGNATURE}
    message = json.dumps(signed, ensure_ascii=False, separators=(",", ":")).encode()
    require_same(shown[0] if shown else None, base64_hmac_sha1(account.panel_secret, message), "signature")
    ticket = _number(signed.get("conversation-id"), "conversation")
    return Proof(ticket, _number(signed.get("user-id"), "agent"), once=shown[0])


def _of_body(asked: Asked, account: HelpscoutAccount) -> Proof:
    assert account.panel_secret is not None
    expected = base64_hmac_sha1(account.panel_secret, asked.raw)
    require_same(asked.headers.get(SIGNATURE.lower()), expected, "signature")
    try:
        said: Any = json.loads(asked.raw)
        ticket, agent = str(said["ticket"]["id"]), str(said["user"]["id"])
    except (ValueError, LookupError, TypeError):
        raise Forged("The signed body names no conversation or no agent.") from None
    return Proof(_number(ticket, "conversation"), _number(agent, "agent"))


def _number(text: str | None, what: str) -> str:
    if text is None or not text.isascii() or not text.isdigit():
        raise Forged(f"This opening names no {what}.")
    return text


def framed_by(account: HelpscoutAccount) -> tuple[str, ...]:
    """Return where agents work in Help Scout."""
    return ("https://secure.helpscout.net", origin(account.base_url))


def data_secret(account: HelpscoutAccount) -> SecretStr | None:
    """Return the app's secret key."""
    return account.panel_secret
