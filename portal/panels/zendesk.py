"""Zendesk's ticket sidebar: the first load is a POST whose form field `token` Zendesk signed with the app's key.

`signedUrls: true` in the app's manifest makes Zendesk do so: a JWT by RS256, whose `aud` names this installation
and whose `sub` is the agent. It does not name the ticket: the page asks the frame around it, and whose ticket it
is we read from Zendesk. Source: developer.zendesk.com, "Building a server-side app, part 5: securing the app".
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey
from pydantic import SecretStr

from billing.errors import Forged
from billing.settings_helpdesks import ZendeskAccount
from portal.panels.port import Asked, Proof
from portal.panels.signing import origin

HOST = "zendesk"
LEEWAY_SECONDS = 30
_AGENT = re.compile(r"(?:^|/users/)(\d+)(?:\.json)?$")


def is_configured(account: ZendeskAccount) -> bool:
    """Say whether the app's public key and its installation are known."""
    return account.app_public_key is not None and account.app_audience is not None


def prove(asked: Asked, account: ZendeskAccount, now: datetime) -> Proof:
    """Return the agent whom Zendesk names. Each token opens once."""
    if asked.method != "POST":
        raise Forged("Zendesk opens this with a signed POST. Set signedUrls to true in the app's manifest.")
    tokens = parse_qs(asked.raw.decode("utf-8", "replace")).get("token")
    if not tokens:
        raise Forged("This opening has no token.")
    claims = _claims(tokens[0], account, now)
    agent = _AGENT.search(str(claims.get("sub", "")))
    if agent is None:
        raise Forged("The token names no agent.")
    if claims.get("role") == "end-user":
        raise Forged("The token is that of an end user, not of an agent.")
    until = datetime.fromtimestamp(int(claims["exp"]), UTC) + timedelta(seconds=LEEWAY_SECONDS)
    return Proof(None, agent[1], once=str(claims.get("jti") or tokens[0]), until=until)


def _claims(token: str, account: ZendeskAccount, now: datetime) -> dict[str, Any]:
    assert account.app_public_key is not None
    assert account.app_audience is not None
    registry = jwt.JWTClaimsRegistry(
        now=int(now.timestamp()),
        leeway=LEEWAY_SECONDS,
        exp={"essential": True},
        aud={"essential": True, "value": account.app_audience},
    )
    try:
        key = RSAKey.import_key(account.app_public_key.get_secret_value())
        claims = jwt.decode(token, key, algorithms=["RS256"]).claims
        registry.validate(claims)
    except (JoseError, ValueError) as cause:  # the cause's text could repeat parts of the token
        raise Forged(f"The token does not hold ({type(cause).__name__}).") from None
    return dict(claims)


def framed_by(account: ZendeskAccount) -> tuple[str, ...]:
    """Return the account's own address: the product's pages hold the app's frame."""
    return (origin(account.base_url),)


def data_secret(_account: ZendeskAccount) -> SecretStr | None:
    """Return None: Zendesk's app proves its agent, and needs no secret."""
    return None
