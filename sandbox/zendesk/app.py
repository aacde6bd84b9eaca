"""The Zendesk application: who may come in, how often, and which function answers which path."""

import base64
import binascii
import json
from collections.abc import Awaitable, Callable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox.clock import Clock
from sandbox.state import Json, State
from sandbox.zendesk import fields, jobs, leaving, tickets, users
from sandbox.zendesk.answers import Desk, Refused
from sandbox.zendesk.limits import Limits

API_USER = "api@lampa.example"
API_TOKEN = "zendesk_sandbox_token"

Answer = Callable[[Desk, Request, Json], Response]

ROUTES: tuple[tuple[str, str, Answer], ...] = (
    ("GET", "/user_fields", fields.show_all),
    ("POST", "/user_fields", fields.create),
    ("GET", "/user_fields/{id}", fields.show),
    ("GET", "/users", users.show_all),
    ("POST", "/users", users.create),
    ("GET", "/users/me", users.me),
    ("GET", "/users/search", users.search),
    ("GET", "/users/show_many", users.show_many),
    ("POST", "/users/create_or_update", users.create_or_update),
    ("PUT", "/users/update_many", jobs.update_many),
    ("GET", "/users/{id}", users.show),
    ("PUT", "/users/{id}", users.update),
    ("DELETE", "/users/{id}", leaving.delete),
    ("PUT", "/users/{id}/merge", leaving.merge),
    ("GET", "/users/{id}/identities", users.identities),
    ("GET", "/users/{user_id}/tickets/requested", tickets.show_all),
    ("GET", "/job_statuses", jobs.show_all),
    ("GET", "/job_statuses/{id}", jobs.show),
    ("GET", "/tickets", tickets.show_all),
    ("POST", "/tickets", tickets.create),
    ("GET", "/tickets/{id}", tickets.show),
    ("PUT", "/tickets/{id}", tickets.update),
    ("GET", "/tickets/{id}/comments", tickets.comments),
)


def build(state: State, clock: Clock, url: str) -> ASGIApp:
    """Return the application to mount; `url` is the address that stands before /api/v2."""
    desk = Desk(state, clock, url)
    limits = Limits(state)
    by_path: dict[str, dict[str, Answer]] = {}
    for method, path, answer in ROUTES:
        by_path.setdefault(path, {})[method] = answer
    routes = [
        Route(f"/api/v2{path}", _endpoint(desk, limits, answers), methods=list(answers))
        for path, answers in by_path.items()
    ]
    starlette = Starlette(routes=routes, exception_handlers={404: _no_such_path, 405: _no_such_path})

    async def without_suffix(scope: Scope, receive: Receive, send: Send) -> None:
        # Every Zendesk path may also be asked for with ".json" at its end.
        if scope["type"] == "http" and scope["path"].endswith(".json"):
            scope = {**scope, "path": scope["path"].removesuffix(".json")}
        await starlette(scope, receive, send)

    return without_suffix


def _endpoint(
    desk: Desk, limits: Limits, answers: dict[str, Answer]
) -> Callable[[Request], Awaitable[Response]]:
    async def run(request: Request) -> Response:
        headers: dict[str, str] = {}
        try:
            request.state.user_id = _sign_in(desk, request)
            headers = limits.take(request.method, request.url.path)
            jobs.run_due(desk.state, desk.clock)
            method = "GET" if request.method == "HEAD" else request.method
            response = answers[method](desk, request, await _body(request))
        except Refused as refused:
            headers |= refused.headers
            response = JSONResponse(refused.body, refused.status)
        response.headers.update(headers)
        return response

    return run


def _sign_in(desk: Desk, request: Request) -> int:
    """Return the id of the user whose token is shown (`email/token:TOKEN` as Basic).

    Raises:
        Refused: 401.
    """
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    refused = Refused(401, "Couldn't authenticate you")
    refused.headers = {"www-authenticate": 'Basic realm="Web Password"'}
    try:
        name, _, token = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise refused from error
    email = name.removesuffix("/token")
    user = users.by_email(desk, email)
    if (
        scheme.lower() != "basic"
        or email == name
        or token != API_TOKEN
        or not user
        or user["role"] == "end-user"
    ):
        raise refused
    return int(user["id"])


async def _body(request: Request) -> Json:
    raw = await request.body()
    if not raw:
        return {}
    try:
        body = json.loads(raw)
    except ValueError as error:
        raise Refused(400, "InvalidParameter", "The body is not JSON") from error
    if not isinstance(body, dict):
        raise Refused(400, "InvalidParameter", "The body must be an object")
    return body


async def _no_such_path(_request: Request, _error: Exception) -> Response:
    return JSONResponse({"error": "InvalidEndpoint", "description": "Not found"}, 404)
