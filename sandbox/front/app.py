"""The Front application: who may come in, how often, and which function answers which path."""

import json
from collections.abc import Awaitable, Callable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from sandbox.clock import Clock
from sandbox.front import contacts, conversations, fields
from sandbox.front.answers import COMPANY_ID, COMPANY_NAME, HOST, Desk, Refused, bad_request
from sandbox.front.limits import Limits
from sandbox.state import Json, State

API_TOKEN = "front_sandbox_token"

Answer = Callable[[Desk, Request, Json], Response]


def _me(_desk: Desk, _request: Request, _body: Json) -> Response:
    """GET /me: the company that the token belongs to."""
    return JSONResponse({"_links": {"self": f"{HOST}/me"}, "id": COMPANY_ID, "name": COMPANY_NAME})


ROUTES: tuple[tuple[str, str, Answer], ...] = (
    ("GET", "/me", _me),
    ("GET", "/contacts", contacts.show_all),
    ("GET", "/contacts/custom_fields", fields.show_all),
    ("POST", "/contacts/merge", contacts.merge),
    ("GET", "/contacts/{contact_id}", contacts.show),
    ("PATCH", "/contacts/{contact_id}", contacts.update),
    ("DELETE", "/contacts/{contact_id}", contacts.delete),
    ("GET", "/conversations/{conversation_id}", conversations.show),
    ("GET", "/conversations/{conversation_id}/messages", conversations.messages),
    ("GET", "/conversations/{conversation_id}/comments", conversations.comments),
    ("POST", "/conversations/{conversation_id}/comments", conversations.add_comment),
)


def build(state: State, clock: Clock, _url: str) -> ASGIApp:
    """Return the application to mount. Its own address appears in no answer: links name the company's host."""
    desk, limits = Desk(state, clock), Limits(state)
    by_path: dict[str, dict[str, Answer]] = {}
    for method, path, answer in ROUTES:
        by_path.setdefault(path, {})[method] = answer
    routes = [
        Route(path, _endpoint(desk, limits, answers), methods=list(answers))
        for path, answers in by_path.items()
    ]
    return Starlette(routes=routes, exception_handlers={404: _no_such_path, 405: _no_such_path})


def _endpoint(
    desk: Desk, limits: Limits, answers: dict[str, Answer]
) -> Callable[[Request], Awaitable[Response]]:
    async def run(request: Request) -> Response:
        headers: dict[str, str] = {}
        try:
            _sign_in(request)
            headers = limits.take(request.scope["path"])
            method = "GET" if request.method == "HEAD" else request.method
            response = answers[method](desk, request, await _body(request))
        except Refused as refused:
            headers |= refused.headers
            response = JSONResponse(refused.body, refused.status)
        response.headers.update(headers)
        return response

    return run


def _sign_in(request: Request) -> None:
    """Let the company's token in.

    Raises:
        Refused: 401.
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Refused(401, "Unauthenticated", "JSON Web Token error")
    if token != API_TOKEN:
        raise Refused(401, "Unauthenticated", "Invalid token")


async def _body(request: Request) -> Json:
    raw = await request.body()
    if not raw:
        return {}
    try:
        body = json.loads(raw)
    except ValueError as error:
        raise bad_request(f"Unexpected token in JSON: {error}") from error
    if not isinstance(body, dict):
        raise bad_request()
    return body


async def _no_such_path(_request: Request, _error: Exception) -> Response:
    return JSONResponse({"_error": {"status": 404, "title": "Not found", "message": "Unknown endpoint"}}, 404)
