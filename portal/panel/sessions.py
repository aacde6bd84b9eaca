"""What a proven opening is exchanged for: a session of fifteen minutes for one helpdesk account, ticket and agent.

The page keeps it in its memory and sends it as a bearer token; there is no cookie, so no other page can use it. All
that the panel hands out and takes back is signed with a key that is derived from `sign_in.cookie_secret`, for one
purpose each: a session is no draft, and a draft no session.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from itsdangerous import BadData, URLSafeSerializer

from billing import clock
from billing.errors import Forged

MINUTES = 15
LONGEST = timedelta(hours=8)
"""How long after its opening a session can be renewed: a shift."""
Purpose = Literal["session", "opening", "draft", "grant"]


@dataclass(frozen=True, slots=True)
class Session:
    """Who looks, and at which ticket. `agent` is the e-mail address of a proven agent, None for an unproven one."""

    helpdesk: str
    account: str
    ticket: str | None
    agent: str | None
    proven_by: str
    """What proved the agent: the helpdesk's name, or "sign_in"; empty where nobody did."""
    ends: int
    """When it cannot be renewed any more, in Unix seconds."""

    @property
    def desk(self) -> str:
        """Return the account's name as the store writes it: "zendesk:zendesk"."""
        return f"{self.helpdesk}:{self.account}"

    def bound(self, ticket: str) -> "Session":
        """Return the same session for a ticket that the page names."""
        return replace(self, ticket=ticket)

    def signed_in(self, email: str) -> "Session":
        """Return the same session with the agent that our own sign-in has proven."""
        return replace(self, agent=email, proven_by="sign_in")


def begin(helpdesk: str, account: str, ticket: str | None, agent: str | None) -> Session:
    """Return a new session; `agent` is whom the helpdesk proves, by e-mail address."""
    ends = int((clock.now() + LONGEST).timestamp())
    return Session(helpdesk, account, ticket, agent, helpdesk if agent else "", ends)


class Seal:
    """Signs what the panel hands out, and opens it again."""

    def __init__(self, secret: str) -> None:
        signer = {"key_derivation": "hmac", "digest_method": hashlib.sha256}
        self._serializers = {
            purpose: URLSafeSerializer(secret, salt=f"billhouse.panel.{purpose}", signer_kwargs=signer)
            for purpose in ("session", "opening", "draft", "grant")
        }

    def seal(self, purpose: Purpose, claims: Mapping[str, Any], ends: datetime | None = None) -> str:
        """Return claims as a signed text that holds for fifteen minutes, or until `ends` if that is sooner."""
        until = clock.now() + timedelta(minutes=MINUTES)
        if ends is not None:
            until = min(until, ends)
        return str(self._serializers[purpose].dumps({**claims, "until": int(until.timestamp())}))

    def open(self, purpose: Purpose, text: str) -> dict[str, Any]:
        """Return the claims of a signed text.

        Raises:
            Forged: it was not signed here for this purpose, was changed, or has ended.
        """
        try:
            claims: dict[str, Any] = self._serializers[purpose].loads(text)
        except BadData:
            raise Forged(f"This {purpose} was not made here, or was changed.") from None
        if claims.pop("until") < clock.now().timestamp():
            raise Forged(f"This {purpose} has ended. Open the panel anew.")
        return claims

    def session(self, session: Session) -> str:
        """Return a session as the bearer token that the page keeps."""
        return self.seal("session", asdict(session), datetime.fromtimestamp(session.ends, UTC))

    def open_session(self, token: str) -> Session:
        """Return the session of a bearer token.

        Raises:
            Forged: as `open`.
        """
        return Session(**self.open("session", token))
