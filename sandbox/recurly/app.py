"""The HTTP side of the emulated Recurly: who is asking, which version, how often, and the same answer twice."""

import base64
import binascii
import hmac
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.clock import Clock
from sandbox.faults import Window
from sandbox.recurly import idempotency
from sandbox.recurly.books import Books
from sandbox.recurly.call import Call, Declined
from sandbox.recurly.endpoints import ROUTES, Endpoint
from sandbox.recurly.errors import RecurlyError
from sandbox.recurly.numbers import dump
from sandbox.recurly.site import ACCOUNT, API_KEY, API_VERSION, VENDOR
from sandbox.state import State

_METHODS = ["GET", "POST", "PUT", "DELETE"]
_LIMIT, _WINDOW_SECONDS = 2000, 300  # a sandbox site's 400 a minute, over five minutes


def build(state: State, clock: Clock) -> Starlette:
    """Return the application; its paths are those of v3.recurly.com."""
    desk = _Desk(state, clock)
    paths: dict[str, dict[str, tuple[Endpoint, int]]] = {}
    for method, path, endpoint, status in ROUTES:
        paths.setdefault(path, {})[method] = (endpoint, status)
    routes = [Route(path, desk.serve(methods), methods=_METHODS) for path, methods in paths.items()]
    return Starlette(routes=[*routes, Route("/{rest:path}", desk.serve({}), methods=_METHODS)])


def counts(state: State) -> dict[str, dict[str, int]]:
    """Return how many objects of each kind the lists hold."""
    kinds = {
        "account": "accounts", "subscription": "subscriptions", "invoice": "invoices",
        "transaction": "transactions", "credit_payment": "credit_payments", "plan": "plans", "coupon": "coupons",
    }  # fmt: skip
    return {ACCOUNT: {kinds[row["kind"]]: row["n"] for row in state.count(VENDOR) if row["kind"] in kinds}}


class _Desk:
    """Turns requests into calls of endpoints and their answers into responses."""

    def __init__(self, state: State, clock: Clock) -> None:
        self._state = state
        self._clock = clock
        self._window = Window(_LIMIT, _WINDOW_SECONDS)

    def serve(self, methods: Mapping[str, tuple[Endpoint, int]]) -> Callable[[Request], Awaitable[Response]]:
        """Return a handler for one path."""

        async def handle(request: Request) -> Response:
            body = await request.body()
            return await run_in_threadpool(self._answer, request, body, methods)

        return handle

    def _answer(self, request: Request, body: bytes, methods: Mapping[str, tuple[Endpoint, int]]) -> Response:
        left, wait = self._window.take(request.headers.get("authorization", ""))
        headers = {
            "recurly-version": f"recurly.{API_VERSION}",
            "x-request-id": secrets.token_hex(8),
            "x-ratelimit-limit": str(_LIMIT),
            "x-ratelimit-remaining": str(left),
            "x-ratelimit-reset": str(int(time.time() + (wait or _WINDOW_SECONDS))),
        }
        try:
            if wait:
                raise RecurlyError(429, "rate_limited", "You have made too many API requests")
            status, content = self._let_in(request, body, methods, headers)
        except RecurlyError as refusal:
            status, content = refusal.status, orjson.dumps(refusal.body)
            if refusal.status == 409:
                headers |= {"recurly-should-retry": "true", "retry-after": "1"}
        return Response(content, status, headers, media_type="application/json")

    def _let_in(
        self,
        request: Request,
        body: bytes,
        methods: Mapping[str, tuple[Endpoint, int]],
        headers: dict[str, str],
    ) -> tuple[int, bytes]:
        _check_version(request)
        _check_key(request)
        path = "/" + request.scope["path"].removeprefix(request.scope.get("root_path", "")).lstrip("/")
        found = methods.get(request.method)
        if found is None:
            raise RecurlyError(404, "not_found", f"No such resource: {request.method} {path}")
        books = Books(self._state, self._clock.timestamp())
        call = Call(books, path, dict(request.query_params), _parsed(body))
        key = request.headers.get("idempotency-key") if request.method != "GET" else None
        if key is None:
            return self._perform(call, found, request.path_params)
        before = idempotency.claim(self._state, key, request.method, path, body, books.at)
        if before is not None:
            headers["idempotency-prior"] = "true"
            return before.status, before.body
        try:
            with self._state.transaction():
                status, content = self._perform(call, found, request.path_params)
                idempotency.keep(self._state, key, status, content)
        except BaseException:
            idempotency.release(self._state, key)
            raise
        return status, content

    def _perform(self, call: Call, found: tuple[Endpoint, int], path: Mapping[str, str]) -> tuple[int, bytes]:
        endpoint, status = found
        with self._state.transaction():
            try:
                return status, dump(endpoint(call, **path))
            except Declined as declined:
                # The attempt stays in the books, so this is an answer like any other.
                return declined.status, orjson.dumps(declined.body)
            except (LookupError, KeyError, TypeError, AttributeError) as cause:
                raise RecurlyError(422, "validation", f"The request cannot be read: {cause}") from cause


def _parsed(body: bytes) -> dict[str, Any]:
    try:
        found = orjson.loads(body or b"{}")
    except orjson.JSONDecodeError:
        raise RecurlyError(400, "bad_request", "The body is not JSON") from None
    if not isinstance(found, dict):
        raise RecurlyError(400, "bad_request", "The body is not a JSON object")
    return found


def _check_version(request: Request) -> None:
    accepted = request.headers.get("accept", "")
    if not accepted.startswith("application/vnd.recurly."):
        raise RecurlyError(406, "invalid_api_version", "Accept must be application/vnd.recurly.v2021-02-25")
    if accepted.removeprefix("application/vnd.recurly.").split("+")[0] != API_VERSION:
        raise RecurlyError(406, "unknown_api_version", f"The API version {accepted} is unknown")


def _check_key(request: Request) -> None:
    scheme, _, credential = request.headers.get("authorization", "").partition(" ")
    try:
        given = base64.b64decode(credential, validate=True).decode() if scheme.lower() == "basic" else ""
    except (binascii.Error, UnicodeDecodeError):
        given = ""
    if not hmac.compare_digest(given.encode(), f"{API_KEY}:".encode()):
        raise RecurlyError(401, "unauthorized", "Unauthorized: the API key is invalid")
