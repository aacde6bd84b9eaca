"""Help Scout's OAuth2: an application's credentials for a token of two days, and 401 once it has expired.

Source: developer.helpscout.com/mailbox-api/overview/authentication. Tokens live by the sandbox's clock; an app may
hold several. There is no refresh token for client credentials.
"""

import secrets
from urllib.parse import parse_qsl

import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.helpscout.answers import ACCOUNT, VENDOR, Desk, Refused

APP_ID = "helpscout_sandbox_app"
APP_SECRET = "helpscout_sandbox_secret"
LIFE_SECONDS = 172_800
KIND = "tokens"


def issue(desk: Desk, request: Request, raw: bytes) -> Response:
    """POST /v2/oauth2/token, as a form, as JSON or in the query.

    Raises:
        Refused: 400, another grant than client_credentials, or an application that does not exist.
    """
    asked = _asked(request, raw)
    if asked.get("grant_type") != "client_credentials":
        raise Refused(400, {"error": "unsupported_grant_type", "error_description": "Invalid grant_type"})
    if (asked.get("client_id"), asked.get("client_secret")) != (APP_ID, APP_SECRET):
        raise Refused(400, {"error": "invalid_client", "error_description": "Invalid client authentication"})
    token = secrets.token_hex(16)
    desk.put(KIND, {"id": token, "until": desk.clock.timestamp() + LIFE_SECONDS})
    return JSONResponse({"token_type": "bearer", "access_token": token, "expires_in": LIFE_SECONDS})


def check(desk: Desk, request: Request) -> None:
    """Let a request with a living token pass.

    Raises:
        Refused: 401, no token, or one that is unknown or has expired.
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise _unauthorized("invalid_request", "The access token is missing")
    kept = desk.state.get(VENDOR, ACCOUNT, KIND, token)
    if kept is None or kept["until"] <= desk.clock.timestamp():
        raise _unauthorized("invalid_token", "The access token is invalid or has expired")


def expire_all(desk: Desk) -> None:
    """End the life of every token now."""
    for token in desk.all(KIND):
        desk.delete(KIND, token["id"])


def _unauthorized(error: str, description: str) -> Refused:
    headers = {"www-authenticate": f'Bearer realm="service" error="{error}"'}
    return Refused(401, {"error": error, "error_description": description}, headers)


def _asked(request: Request, raw: bytes) -> dict[str, str]:
    if request.headers.get("content-type", "").startswith("application/json"):
        try:
            found = orjson.loads(raw)
        except orjson.JSONDecodeError:
            found = None
        return found if isinstance(found, dict) else {}
    return dict(request.query_params) | dict(parse_qsl(raw.decode("utf-8", "replace")))
