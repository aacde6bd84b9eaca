"""The Intercom application: who may come in, how often, and which function answers which path."""

import json
from collections.abc import Awaitable, Callable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from sandbox.clock import Clock
from sandbox.intercom import attributes, contacts, conversations, searching, team
from sandbox.intercom.answers import Desk, Refused
from sandbox.intercom.limits import Limits
from sandbox.state import Json, State

ACCESS_TOKEN = "intercom_sandbox_token"
VERSION = "2.16"

Answer = Callable[[Desk, Request, Json], Response]

ROUTES: tuple[tuple[str, str, Answer], ...] = (
    ("GET", "/me", team.me),
    ("GET", "/admins", team.show_all),
    ("GET", "/data_attributes", attributes.show_all),
    ("POST", "/data_attributes", attributes.create),
    ("PUT", "/data_attributes/{id}", attributes.update),
    ("GET", "/contacts", contacts.show_all),
    ("POST", "/contacts", contacts.create),
    ("POST", "/contacts/search", searching.search),
    ("POST", "/contacts/merge", contacts.merge),
    ("GET", "/contacts/{id}", contacts.show),
    ("PUT", "/contacts/{id}", contacts.update),
    ("DELETE", "/contacts/{id}", contacts.delete),
    ("POST", "/conversations", conversations.create),
    ("GET", "/conversations/{id}", conversations.show),
    ("POST", "/conversations/{id}/reply", conversations.reply),
)


def build(state: State, clock: Clock, _url: str) -> ASGIApp:
    """Return the application to mount; nothing that Intercom answers holds its own address."""
    desk, limits = Desk(state, clock), Limits(state)
    by_path: dict[str, dict[str, Answer]] = {}
    for method, path, answer in ROUTES:
        by_path.setdefault(path, {})[method] = answer
    return Starlette(
        routes=[
            Route(path, _endpoint(desk, limits, answers), methods=list(answers))
            for path, answers in by_path.items()
        ],
        exception_handlers={404: _no_such_path, 405: _no_such_path},
    )


def _endpoint(
    desk: Desk, limits: Limits, answers: dict[str, Answer]
) -> Callable[[Request], Awaitable[Response]]:
    async def run(request: Request) -> Response:
        headers: dict[str, str] = {}
        try:
            _sign_in(request)
            headers = limits.take()
            method = "GET" if request.method == "HEAD" else request.method
            response = answers[method](desk, request, await _body(request))
        except Refused as refused:
            headers |= refused.headers
            response = JSONResponse(refused.body(), refused.status)
        response.headers.update(headers)
        return response

    return run


def _sign_in(request: Request) -> None:
    """Let in whoever shows the access token and speaks the version that is played here.

    Raises:
        Refused: 401; 400, another version.
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or token != ACCESS_TOKEN:
        raise Refused(401, "unauthorized", "Access Token Invalid")
    if request.headers.get("intercom-version", VERSION) != VERSION:
        raise Refused(400, "intercom_version_invalid", "The requested version could not be found")


async def _body(request: Request) -> Json:
    raw = await request.body()
    if not raw:
        return {}
    try:
        body = json.loads(raw)
    except ValueError as error:
        raise Refused(400, "bad_request", "bad request: the body is not JSON") from error
    if not isinstance(body, dict):
        raise Refused(400, "bad_request", "bad request: the body must be an object")
    return body


async def _no_such_path(_request: Request, _error: Exception) -> Response:
    refused = Refused(
        404, "not_found", "The requested resource does not exist; check your path and try again"
    )
    return JSONResponse(refused.body(), 404)
