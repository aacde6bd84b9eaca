"""The Freshdesk application: who may come in, how often, and which function answers which path."""

import base64
import binascii
import json
from collections.abc import Awaitable, Callable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from sandbox.clock import Clock
from sandbox.freshdesk import agents, contacts, conversations, fields, leaving, searching, tickets
from sandbox.freshdesk.answers import Desk, Refused, not_allowed, not_found
from sandbox.freshdesk.limits import Limits
from sandbox.state import Json, State

API_KEY = "freshdesk_sandbox_key"
API_USER = "api@lampa.example"
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_VERSION = {"x-freshdesk-api-version": "latest=v2; requested=v2"}

Answer = Callable[[Desk, Request, Json], Response]

ROUTES: tuple[tuple[str, str, Answer], ...] = (
    ("GET", "/agents/me", agents.me),
    ("GET", "/agents", agents.show_all),
    ("GET", "/agents/{id}", agents.show),
    ("GET", "/contact_fields", fields.show_all),
    ("POST", "/contact_fields", fields.create),
    ("GET", "/contact_fields/{id}", fields.show),
    ("PUT", "/contact_fields/{id}", fields.update),
    ("DELETE", "/contact_fields/{id}", fields.delete),
    ("GET", "/search/contacts", searching.search),
    ("GET", "/contacts", contacts.show_all),
    ("POST", "/contacts", contacts.create),
    ("POST", "/contacts/merge", leaving.merge),
    ("GET", "/contacts/{id}", contacts.show),
    ("PUT", "/contacts/{id}", contacts.update),
    ("DELETE", "/contacts/{id}", leaving.delete),
    ("DELETE", "/contacts/{id}/hard_delete", leaving.erase),
    ("PUT", "/contacts/{id}/restore", leaving.restore),
    ("PUT", "/contacts/{id}/make_agent", leaving.make_agent),
    ("GET", "/tickets", tickets.show_all),
    ("POST", "/tickets", tickets.create),
    ("GET", "/tickets/{id}", tickets.show),
    ("PUT", "/tickets/{id}", tickets.update),
    ("DELETE", "/tickets/{id}", tickets.delete),
    ("PUT", "/tickets/{id}/restore", tickets.restore),
    ("GET", "/tickets/{id}/conversations", conversations.show_all),
    ("POST", "/tickets/{id}/notes", conversations.note),
)


def build(state: State, clock: Clock, url: str) -> ASGIApp:
    """Return the application to mount; `url` is the address that stands before /api/v2."""
    desk = Desk(state, clock, url)
    limits = Limits(state)
    by_path: dict[str, dict[str, Answer]] = {}
    for method, path, answer in ROUTES:
        by_path.setdefault(path, {})[method] = answer
    routes = [
        Route(f"/api/v2{path}", _endpoint(desk, limits, answers), methods=_METHODS)
        for path, answers in by_path.items()
    ]
    return Starlette(routes=routes, exception_handlers={404: _no_such_path})


def _endpoint(
    desk: Desk, limits: Limits, answers: dict[str, Answer]
) -> Callable[[Request], Awaitable[Response]]:
    async def run(request: Request) -> Response:
        headers = dict(_VERSION)
        try:
            # What is refused counts too.
            headers |= limits.take(request.method, request.url.path, _cost(request))
            request.state.agent_id = _sign_in(desk, request)
            answer = answers.get(request.method)
            if answer is None:
                raise not_allowed(request.method, *answers)
            response = answer(desk, request, await _body(request))
        except Refused as refused:
            response = refused.response()
        response.headers.update(headers)
        return response

    return run


def _cost(request: Request) -> int:
    """Return how many calls a request consumes: one, and more for what a ticket or a list of tickets embeds."""
    each = 2 if request.url.path.endswith("/tickets") else 1
    return 1 + each * len(tickets.embedded(request))


def _sign_in(desk: Desk, request: Request) -> int:
    """Return the id of the agent whose API key is shown (Basic, any password).

    Raises:
        Refused: 401.
    """
    refused = Refused(
        401,
        {"code": "invalid_credentials", "message": "You have to be logged in to perform this action."},
    )
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    try:
        key = base64.b64decode(encoded, validate=True).decode().partition(":")[0]
    except (binascii.Error, UnicodeDecodeError) as error:
        raise refused from error
    agent = agents.by_email(desk, API_USER)
    if scheme.lower() != "basic" or key != API_KEY or agent is None:
        raise refused
    return int(agent["id"])


async def _body(request: Request) -> Json:
    raw = await request.body()
    if not raw:
        return {}
    try:
        body = json.loads(raw)
    except ValueError as error:
        told = {"code": "invalid_json", "message": "Request body has invalid json format"}
        raise Refused(400, told) from error
    if not isinstance(body, dict):
        raise Refused(400, {"code": "invalid_json", "message": "Request body has invalid json format"})
    return body


async def _no_such_path(_request: Request, _error: Exception) -> Response:
    return not_found().response()
