"""The sandbox's sign-in: an OpenID Connect provider with the company's staff (code flow with PKCE).

Tokens are signed with an RSA key that is made once and kept in the state. Times are the machine's own, not
those of the sandbox's movable clock: whoever verifies a token does so by the machine's clock.
"""

import base64
import binascii
import hmac
import json
import secrets
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus, urlencode, urlsplit

from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core.util import create_half_hash
from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.datastructures import FormData, QueryParams
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from sandbox import oidc_page
from sandbox.state import State

CLIENT_ID = "billhouse"
CLIENT_SECRET = "oidc_sandbox_secret"
PASSWORD = "demo"
STAFF = {
    "ana@lampa.example": "Ana Horvat",
    "boris@lampa.example": "Boris Novak",
    "chen@lampa.example": "Chen Li",
    "dora@lampa.example": "Dora Weiss",
    "eve@stranger.example": "Eve Stranger",
}
CODE_SECONDS = 60
TOKEN_SECONDS = 3600
LOOPBACK = frozenset({"localhost", "127.0.0.1"})
NO_STORE = {"cache-control": "no-store", "pragma": "no-cache"}


@dataclass(frozen=True)
class _Grant:
    """A signed-in person waiting for the client to fetch the tokens."""

    email: str
    redirect_uri: str
    scope: str
    nonce: str | None
    challenge: str | None
    method: str
    expires: float


class Provider:
    """The provider's memory (codes and access tokens live in memory) and its endpoints."""

    def __init__(self, state: State, issuer: str) -> None:
        self.issuer = issuer
        self._key = _signing_key(state)
        self._codes: dict[str, _Grant] = {}
        self._tokens: dict[str, tuple[str, float]] = {}

    async def discovery(self, _request: Request) -> Response:
        """Answer the discovery document."""
        return JSONResponse(
            {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "userinfo_endpoint": f"{self.issuer}/userinfo",
                "jwks_uri": f"{self.issuer}/jwks",
                "end_session_endpoint": f"{self.issuer}/logout",
                "scopes_supported": ["openid", "email", "profile"],
                "response_types_supported": ["code"],
                "response_modes_supported": ["query"],
                "grant_types_supported": ["authorization_code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
                "code_challenge_methods_supported": ["S256", "plain"],
                "claims_supported": ["sub", "email", "email_verified", "name", "nonce", "at_hash"],
            }
        )

    async def jwks(self, _request: Request) -> Response:
        """Answer the public half of the signing key."""
        return JSONResponse({"keys": [self._key.as_dict(private=False, alg="RS256", use="sig")]})

    async def authorize(self, request: Request) -> Response:
        """GET shows the sign-in form; POST checks it and sends the person back with a code."""
        wanted = request.query_params
        redirect_uri = wanted.get("redirect_uri", "")
        if wanted.get("client_id") != CLIENT_ID or not _is_loopback(redirect_uri):
            # Never redirect to an address we do not know: the person is told here instead.
            return HTMLResponse(oidc_page.problem("This application is not known here."), status_code=400)
        if error := _authorize_error(wanted):
            return _back(redirect_uri, error=error, state=wanted.get("state"))
        if request.method == "GET":
            return HTMLResponse(oidc_page.sign_in(email=wanted.get("login_hint", "")), headers=NO_STORE)
        form = await request.form()
        email = str(form.get("email", "")).strip().lower()
        if email not in STAFF or not _same(str(form.get("password", "")), PASSWORD):
            page = oidc_page.sign_in(email=email, wrong=True)
            return HTMLResponse(page, status_code=401, headers=NO_STORE)
        code = secrets.token_urlsafe(32)
        self._codes[code] = _Grant(
            email=email,
            redirect_uri=redirect_uri,
            scope=wanted.get("scope", ""),
            nonce=wanted.get("nonce"),
            challenge=wanted.get("code_challenge"),
            method=wanted.get("code_challenge_method", "plain"),
            expires=time.monotonic() + CODE_SECONDS,
        )
        return _back(redirect_uri, code=code, state=wanted.get("state"))

    async def token(self, request: Request) -> Response:
        """Exchange a code, once, for an access token and a signed id token."""
        form = await request.form()
        if not _client_is_known(request, form):
            headers = {"www-authenticate": 'Basic realm="sandbox"', **NO_STORE}
            return JSONResponse({"error": "invalid_client"}, status_code=401, headers=headers)
        if form.get("grant_type") != "authorization_code":
            return _token_error("unsupported_grant_type")
        grant = self._codes.pop(str(form.get("code", "")), None)
        if grant is None or grant.expires < time.monotonic():
            return _token_error("invalid_grant", "The code is unknown, expired or used.")
        if form.get("redirect_uri") != grant.redirect_uri:
            return _token_error(
                "invalid_grant", "redirect_uri differs from the one of the authorization request."
            )
        if not _verifier_fits(grant, str(form.get("code_verifier", ""))):
            return _token_error("invalid_grant", "The code verifier does not fit the challenge.")
        access_token = secrets.token_urlsafe(32)
        self._tokens[access_token] = (grant.email, time.monotonic() + TOKEN_SECONDS)
        return JSONResponse(
            {
                "access_token": access_token,
                "token_type": "Bearer",
                "expires_in": TOKEN_SECONDS,
                "scope": grant.scope,
                "id_token": self._id_token(grant, access_token),
            },
            headers=NO_STORE,
        )

    async def userinfo(self, request: Request) -> Response:
        """Answer the claims of the person whose access token is shown."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        email, expires = self._tokens.get(token, ("", 0.0))
        if scheme.lower() != "bearer" or expires < time.monotonic():
            headers = {"www-authenticate": 'Bearer error="invalid_token"'}
            return JSONResponse({"error": "invalid_token"}, status_code=401, headers=headers)
        return JSONResponse(_claims(email))

    async def logout(self, request: Request) -> Response:
        """End the session (none is kept here) and send the person back where the client asked."""
        wanted = request.query_params if request.method == "GET" else await request.form()
        target = str(wanted.get("post_logout_redirect_uri", ""))
        if target and _is_loopback(target):
            state = wanted.get("state")
            return _back(target, state=str(state) if state else None)
        return HTMLResponse(oidc_page.problem("You are signed out.", title="Signed out"))

    def _id_token(self, grant: _Grant, access_token: str) -> str:
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + TOKEN_SECONDS,
            "auth_time": now,
            "at_hash": create_half_hash(access_token, "RS256").decode(),
            **_claims(grant.email),
        }
        if grant.nonce:
            claims["nonce"] = grant.nonce
        return jwt.encode({"alg": "RS256", "kid": self._key.kid}, claims, self._key)


def build(state: State, issuer: str) -> Starlette:
    """Return the provider as an ASGI application to mount at the path of `issuer`."""
    provider = Provider(state, issuer)
    return Starlette(
        routes=[
            Route("/.well-known/openid-configuration", provider.discovery),
            Route("/jwks", provider.jwks),
            Route("/authorize", provider.authorize, methods=["GET", "POST"]),
            Route("/token", provider.token, methods=["POST"]),
            Route("/userinfo", provider.userinfo, methods=["GET", "POST"]),
            Route("/logout", provider.logout, methods=["GET", "POST"]),
        ]
    )


def _signing_key(state: State) -> RSAKey:
    kept = state.get_setting("oidc_key")
    if kept is None:
        key = RSAKey.generate_key(2048, auto_kid=True)
        state.set_setting("oidc_key", json.dumps(key.as_dict(private=True)))
        return key
    return RSAKey.import_key(json.loads(kept))


def _claims(email: str) -> dict[str, Any]:
    return {"sub": email.partition("@")[0], "email": email, "email_verified": True, "name": STAFF[email]}


def _is_loopback(uri: str) -> bool:
    parts = urlsplit(uri)
    return parts.scheme == "http" and parts.hostname in LOOPBACK


def _authorize_error(wanted: QueryParams) -> str | None:
    if wanted.get("response_type") != "code":
        return "unsupported_response_type"
    if "openid" not in wanted.get("scope", "").split():
        return "invalid_scope"
    if wanted.get("code_challenge_method", "plain") not in ("S256", "plain"):
        return "invalid_request"
    if wanted.get("prompt") == "none":
        return "login_required"
    return None


def _back(uri: str, **params: str | None) -> Response:
    query = urlencode({name: value for name, value in params.items() if value is not None})
    glue = "&" if urlsplit(uri).query else "?"
    # 303, so that the browser does not post the password again to the client.
    return RedirectResponse(f"{uri}{glue}{query}" if query else uri, status_code=303, headers=NO_STORE)


def _client_is_known(request: Request, form: FormData) -> bool:
    client, secret = str(form.get("client_id", "")), str(form.get("client_secret", ""))
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            pair = base64.b64decode(encoded, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            return False
        client, secret = (unquote_plus(part) for part in pair.partition(":")[::2])
    return client == CLIENT_ID and _same(secret, CLIENT_SECRET)


def _verifier_fits(grant: _Grant, verifier: str) -> bool:
    if grant.challenge is None:
        return True
    shown = create_s256_code_challenge(verifier) if grant.method == "S256" else verifier
    return _same(shown, grant.challenge)


def _same(left: str, right: str) -> bool:
    return hmac.compare_digest(left.encode(), right.encode())


def _token_error(error: str, description: str = "") -> Response:
    body = {"error": error, "error_description": description} if description else {"error": error}
    return JSONResponse(body, status_code=400, headers=NO_STORE)
