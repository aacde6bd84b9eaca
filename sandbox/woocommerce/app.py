"""The HTTP side of the emulated shops: routes, keys, errors and WordPress's headers."""

import base64
import binascii
import hmac
import re
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.clock import Clock
from sandbox.state import State
from sandbox.woocommerce import endpoints
from sandbox.woocommerce.books import Books
from sandbox.woocommerce.errors import WooError, no_route
from sandbox.woocommerce.listing import many
from sandbox.woocommerce.shapes import only
from sandbox.woocommerce.shops import BY_PATH, Shop, home, keep_url, zone

_API = "wc/v3/"
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
Endpoint = Callable[..., endpoints.Answer]


def build(state: State, clock: Clock, url: str) -> Starlette:
    """Return the application with the routes /<shop>/wp-json/...; `url` is where it will be mounted."""
    keep_url(state, url)
    desk = _Desk(state, clock)
    return Starlette(routes=[Route("/{shop}/wp-json/{rest:path}", desk.serve(), methods=list(_METHODS))])


class _Desk:
    """Turns requests into calls of endpoints and their answers into responses."""

    def __init__(self, state: State, clock: Clock) -> None:
        self._state = state
        self._clock = clock

    def serve(self) -> Callable[[Request], Awaitable[Response]]:
        """Return the one handler; shops route by themselves, as WordPress does."""

        async def handle(request: Request) -> Response:
            body = await request.body()
            return await run_in_threadpool(self._answer, request, body)

        return handle

    def _answer(self, request: Request, body: bytes) -> Response:
        shop = BY_PATH.get(request.path_params["shop"])
        if shop is None:
            return Response("<!DOCTYPE html><title>Page not found</title>", 404, media_type="text/html")
        site = home(self._state, shop)
        headers = [("link", f'<{site}/wp-json/>; rel="https://api.w.org/"')]
        headers += _allowed(request.path_params["rest"])
        try:
            status, content, more = self._let_in(shop, request, body)
            headers += more
        except WooError as refusal:
            status, content = refusal.status, refusal.body
        raw = b"" if status == 204 else orjson.dumps(content)
        response = Response(raw, status, media_type="application/json; charset=UTF-8")
        for name, value in headers:
            response.headers.append(name, value)
        return response

    def _perform(self, endpoint: Endpoint, call: endpoints.Call, given: dict[str, str]) -> endpoints.Answer:
        with self._state.transaction():
            try:
                return endpoint(call, **given)
            except WooError as refusal:
                if not refusal.is_deed:
                    raise
                kept = refusal
        raise kept

    def _let_in(self, shop: Shop, request: Request, body: bytes) -> tuple[int, Any, list[tuple[str, str]]]:
        path = request.path_params["rest"].strip("/")
        query: dict[str, list[str]] = {}
        for name, value in request.query_params.multi_items():
            query.setdefault(name, []).append(value)
        if path == "":
            told = _index(self._state, shop)
            return 200, only(told, many(query, "_fields") or told), []
        endpoint, given = _route(path, request.method)
        _authenticate(shop, request)
        books = Books(self._state, shop, self._clock.timestamp())
        url = f"{home(self._state, shop)}/wp-json/{path}"
        agent = request.headers.get("user-agent", "")
        call = endpoints.Call(books, query, _json(body), url, request.method, agent)
        answer = self._perform(endpoint, call, given)
        content = answer.content
        if fields := many(query, "_fields"):
            content = (
                [only(one, fields) for one in content] if isinstance(content, list) else only(content, fields)
            )
        return answer.status, content, answer.headers


def _allowed(path: str) -> list[tuple[str, str]]:
    """Return the header that names a path's methods."""
    known = [
        method
        for methods, pattern, _ in endpoints.ROUTES
        if re.fullmatch(pattern, path.strip("/").removeprefix(_API))
        for method in methods
    ]
    return [("allow", ", ".join(method for method in _METHODS if method in known))] if known else []


def _route(path: str, method: str) -> tuple[Endpoint, dict[str, str]]:
    if not path.startswith(_API):
        raise no_route()
    for methods, pattern, endpoint in endpoints.ROUTES:
        found = re.fullmatch(pattern, path.removeprefix(_API))
        if found and method in methods:
            return endpoint, found.groupdict()
    raise no_route()


def _index(state: State, shop: Shop) -> dict[str, Any]:
    """Return what /wp-json/ tells anybody; of the routes it lists, nothing is kept here."""
    site = home(state, shop)
    return {
        "name": shop.title,
        "description": "",
        "url": site,
        "home": site,
        "gmt_offset": "0",
        "timezone_string": str(zone(state, shop)),
        "namespaces": ["oembed/1.0", "wc/v3", "wp/v2"],
        "authentication": [],
    }


def _json(body: bytes) -> dict[str, Any]:
    if not body:
        return {}
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise WooError(400, "rest_invalid_json", "Invalid JSON body passed.") from None
    return found if isinstance(found, dict) else {}


def _authenticate(shop: Shop, request: Request) -> None:
    """Check the key, in the header or, for hosts that strip it, in the query. The shop believes it has TLS."""
    scheme, _, credential = request.headers.get("authorization", "").partition(" ")
    key, secret = request.query_params.get("consumer_key"), request.query_params.get("consumer_secret")
    if scheme.lower() == "basic":
        try:
            key, _, secret = base64.b64decode(credential, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            key, secret = "", ""
    if not key:
        words = "Sorry, you cannot list resources."
        raise WooError(401, "woocommerce_rest_cannot_view", words)
    if not hmac.compare_digest(key.encode(), shop.key.encode()):
        raise WooError(401, "woocommerce_rest_authentication_error", "Consumer key is invalid.")
    if not hmac.compare_digest((secret or "").encode(), shop.secret.encode()):
        raise WooError(401, "woocommerce_rest_authentication_error", "Consumer secret is invalid.")
