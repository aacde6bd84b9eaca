"""Our own sign-in in a window of its own, for agents whom their helpdesk does not prove.

The panel opens the window with a nonce of its own. After OpenID Connect (code flow, PKCE) the window is answered
with a grant, good for fifteen minutes and for that nonce, which it hands to its opener, on our own origin alone.
The only cookie holds the sign-in's state meanwhile, on this path, and is of no use for anything else.
"""

import logging
import re
from typing import Any

from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.starlette_client import OAuth
from httpx import HTTPError
from joserfc.errors import JoseError
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from billing.ids import email_key
from portal.panel import pages
from portal.panel.agents import agent_of
from portal.panel.house import House

PATH = "/panels/sign-in"
PATIENCE_SECONDS = 15
_NONCE = re.compile(r"[0-9a-f-]{36}")
log = logging.getLogger(__name__)


class SignIn:
    """Sends people to the provider of [sign_in], and takes them back."""

    def __init__(self, house: House) -> None:
        self._house = house
        sign_in = house.settings.sign_in
        assert sign_in is not None
        self._oauth = OAuth()
        self._oauth.register(
            "provider",
            client_id=sign_in.client_id,
            client_secret=sign_in.client_secret.get_secret_value(),
            server_metadata_url=f"{sign_in.issuer.rstrip('/')}/.well-known/openid-configuration",
            client_kwargs={
                "scope": "openid email profile",
                "code_challenge_method": "S256",
                "timeout": PATIENCE_SECONDS,
            },
        )
        self._cookie = Middleware(
            SessionMiddleware,
            secret_key=sign_in.cookie_secret.get_secret_value() + ".panel-sign-in",
            session_cookie="billhouse_panel_sign_in",
            max_age=600,
            path=PATH,
            same_site="lax",
            https_only=house.portal_url.startswith("https://"),
        )

    def routes(self) -> list[BaseRoute]:
        """Return the routes; register the second one's address at the provider."""
        return [
            Route(PATH, self.begin, methods=["GET"], middleware=[self._cookie]),
            Route(f"{PATH}/callback", self.end, methods=["GET"], middleware=[self._cookie]),
        ]

    async def begin(self, request: Request) -> Response:
        """Send the window to the provider."""
        nonce = request.query_params.get("nonce", "")
        if not _NONCE.fullmatch(nonce):
            return pages.message("Sign in", "Open this from the panel beside a ticket.", status=400)
        request.session["panel_nonce"] = nonce
        try:
            found: Response = await self._oauth.provider.authorize_redirect(
                request, f"{self._house.portal_url}{PATH}/callback"
            )
        except (HTTPError, OAuthError, RuntimeError, ValueError) as cause:
            log.warning("The sign-in's provider cannot be used (%s).", type(cause).__name__)
            return pages.message("Sign in", "The sign-in does not answer. Try again in a minute.", status=503)
        return found

    async def end(self, request: Request) -> Response:
        """Take a person back: a grant for the panel, or a sentence that says why there is none."""
        nonce = request.session.pop("panel_nonce", "")
        try:
            token: dict[str, Any] = await self._oauth.provider.authorize_access_token(request)
        except (HTTPError, OAuthError, JoseError, RuntimeError, ValueError) as cause:
            log.warning("A sign-in failed (%s).", type(cause).__name__)
            return pages.message("Sign in", "The sign-in was not completed. Start it anew.", status=400)
        claims = token.get("userinfo") or {}
        email = str(claims.get("email") or "")
        if not email or claims.get("email_verified") is not True:
            words = "The sign-in service does not vouch for an e-mail address of yours. Ask whoever runs it."
            return pages.message("Your e-mail address is not verified", words, status=403)
        if agent_of(self._house.settings, email) is None:
            words = f"You are signed in as {email}. Ask an administrator to add you to [[people]]."
            return pages.message("You have no role in Billhouse yet", words, status=403)
        grant = self._house.seal.seal("grant", {"email": email_key(email), "nonce": nonce})
        return pages.message("You are signed in", "This window closes by itself.", grant=grant)
