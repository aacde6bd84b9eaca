"""The Help Scout application: who may come in, how often, and which function answers which path."""

from collections.abc import Awaitable, Callable

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from sandbox.clock import Clock
from sandbox.helpscout import conversations, customers, definitions, limits, properties, tokens, users
from sandbox.helpscout.answers import URL, Desk, Refused, not_found, refused
from sandbox.state import State

Answer = Callable[[Desk, Request, object], Response]

ROUTES: tuple[tuple[str, str, Answer], ...] = (
    ("GET", "/v2/users", users.show_all),
    ("GET", "/v2/users/me", users.me),
    ("GET", "/v2/users/{id}", users.show),
    ("GET", "/v2/customers", customers.show_all),
    ("POST", "/v2/customers", customers.create),
    ("GET", "/v3/customers", customers.walk),
    ("GET", "/v2/customers/{id}", customers.show),
    ("DELETE", "/v2/customers/{id}", customers.delete),
    ("PATCH", "/v2/customers/{id}/properties", properties.patch),
    ("GET", "/v2/customer-properties", definitions.show_all),
    ("POST", "/v2/customer-properties", definitions.create),
    ("DELETE", "/v2/customer-properties/{slug}", definitions.delete),
    ("GET", "/v2/conversations/{id}", conversations.show),
    ("GET", "/v2/conversations/{id}/threads", conversations.threads),
    ("POST", "/v2/conversations/{id}/notes", conversations.create_note),
)


def build(state: State, clock: Clock, url: str) -> ASGIApp:
    """Return the application to mount; `url` is the address that stands before /v2."""
    state.set_setting(URL, url)
    desk, minute = Desk(state, clock, url), limits.Minute(state)
    by_path: dict[str, dict[str, Answer]] = {}
    for method, path, answer in ROUTES:
        by_path.setdefault(path, {})[method] = answer
    routes = [
        Route("/v2/oauth2/token", _token(desk), methods=["POST"]),
        *(
            Route(path, _endpoint(desk, minute, answers), methods=list(answers))
            for path, answers in by_path.items()
        ),
    ]
    return Starlette(routes=routes, exception_handlers={404: _no_such_path, 405: _no_such_method})


def _token(desk: Desk) -> Callable[[Request], Awaitable[Response]]:
    async def run(request: Request) -> Response:
        try:
            limits.refuse_if_busy(desk.state)
            return tokens.issue(desk, request, await request.body())
        except Refused as no:
            return JSONResponse(no.body, no.status, no.headers)

    return run


def _endpoint(
    desk: Desk, minute: limits.Minute, answers: dict[str, Answer]
) -> Callable[[Request], Awaitable[Response]]:
    async def run(request: Request) -> Response:
        headers: dict[str, str] = {}
        try:
            tokens.check(desk, request)
            headers = minute.take(request.method)
            method = "GET" if request.method == "HEAD" else request.method
            response = answers[method](desk, request, await _body(request))
        except Refused as no:
            response = JSONResponse(no.body, no.status, no.headers)
        response.headers.update(headers)
        return response

    return run


async def _body(request: Request) -> object:
    raw = await request.body()
    try:
        body: object = orjson.loads(raw) if raw else None
    except orjson.JSONDecodeError as error:
        raise refused(400, "Error parsing request body into JSON") from error
    return body


async def _no_such_path(_request: Request, _error: Exception) -> Response:
    return JSONResponse(not_found().body, 404)


async def _no_such_method(_request: Request, _error: Exception) -> Response:
    return JSONResponse(refused(400, "Invalid HTTP method").body, 400)
