"""The HTTP side of the emulated Stripe: keys, versions, idempotency, errors; the endpoints are in `endpoints`."""

import base64
import binascii
import hmac
import re
import secrets
from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import parse_qsl

import orjson
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.clock import Clock
from sandbox.state import Json, State
from sandbox.stripe import endpoints, idempotency, params
from sandbox.stripe.accounts import API_VERSION, BY_KEY, Account
from sandbox.stripe.books import Books, Cause
from sandbox.stripe.call import Call
from sandbox.stripe.errors import StripeError, bad_parameter
from sandbox.stripe.expanding import expand

Endpoint = Callable[..., Json | bytes]


def build(state: State, clock: Clock) -> Starlette:
    """Return the application with the routes /v1/...; mount it anywhere."""
    desk = _Desk(state, clock)
    every = ["GET", "POST", "DELETE"]
    paths: dict[str, dict[str, Endpoint]] = {}
    for method, path, endpoint in endpoints.ROUTES:
        paths.setdefault(path, {})[method] = endpoint
    routes = [Route(path, desk.serve(methods), methods=every) for path, methods in paths.items()]
    return Starlette(routes=[*routes, Route("/{rest:path}", desk.serve({}), methods=every)])


class _Desk:
    """Turns requests into calls of endpoints and their answers into responses."""

    def __init__(self, state: State, clock: Clock) -> None:
        self._state = state
        self._clock = clock

    def serve(self, methods: Mapping[str, Endpoint]) -> Callable[[Request], Awaitable[Response]]:
        """Return a handler for one path."""

        async def handle(request: Request) -> Response:
            body = await request.body()
            return await run_in_threadpool(self._answer, request, body, methods)

        return handle

    def _answer(self, request: Request, body: bytes, methods: Mapping[str, Endpoint]) -> Response:
        request_id = f"req_{secrets.token_hex(7)}"
        headers = {"request-id": request_id, "stripe-version": API_VERSION}
        try:
            headers["stripe-version"] = _version(request)
            status, content = self._let_in(request, body, methods, headers)
        except StripeError as refusal:
            status, content = refusal.status, orjson.dumps(refusal.body)
        return Response(content, status, headers, media_type="application/json")

    def _let_in(
        self, request: Request, body: bytes, methods: Mapping[str, Endpoint], headers: dict[str, str]
    ) -> tuple[int, bytes]:
        account = _account(request)
        path = "/" + request.scope["path"].removeprefix(request.scope.get("root_path", "")).lstrip("/")
        endpoint = methods.get(request.method)
        if endpoint is None:
            raise StripeError(
                404,
                f"Unrecognized request URL ({request.method}: {path}). Please see https://stripe.com/docs or we can"
                " help at https://support.stripe.com/.",
            )
        given = params.parse(
            [
                *request.query_params.multi_items(),
                *parse_qsl(body.decode(errors="replace"), keep_blank_values=True),
            ]
        )
        paths = given.pop("expand", [])
        if not isinstance(paths, list):
            raise bad_parameter("Invalid array", "expand")
        key = request.headers.get("idempotency-key") if request.method == "POST" else None
        cause = Cause(headers["request-id"], key)
        books = Books(self._state, account.name, self._clock.timestamp(), cause=cause)
        call = Call(account, request.method, path, given, paths, books)
        if key is None:
            return _perform(call, endpoint, request.path_params)
        headers["idempotency-key"] = key
        before = idempotency.claim(call, key, headers["request-id"])
        if before is not None:
            headers |= {"idempotent-replayed": "true", "original-request": before.request_id}
            return before.status, before.body
        return _once(call, endpoint, request.path_params, key)


def _once(call: Call, endpoint: Endpoint, path: Mapping[str, str], key: str) -> tuple[int, bytes]:
    try:
        # The answer is kept in the deed's own transaction: either both are there, or neither.
        with call.state.transaction():
            status, content = _perform(call, endpoint, path)
            idempotency.keep(call, key, status, content)
    except StripeError as refusal:
        if not refusal.is_kept:
            idempotency.release(call, key)
            raise
        status, content = refusal.status, orjson.dumps(refusal.body)
        idempotency.keep(call, key, status, content)
    except BaseException:
        idempotency.release(call, key)
        raise
    return status, content


def _perform(call: Call, endpoint: Endpoint, path: Mapping[str, str]) -> tuple[int, bytes]:
    with call.state.transaction():
        try:
            answer = endpoint(call, **path)
        except StripeError as refusal:
            if refusal.is_deed:  # a declined card leaves a failed charge behind
                return refusal.status, orjson.dumps(refusal.body)
            raise
        if isinstance(answer, bytes):
            return 200, answer
        return 200, orjson.dumps(expand(call.books, answer, call.expand))


def _version(request: Request) -> str:
    asked = request.headers.get("stripe-version", API_VERSION)
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}(\.[a-z]+)?", asked):
        raise StripeError(400, f"Invalid Stripe API version: {asked}")
    return asked


def _account(request: Request) -> Account:
    scheme, _, credential = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            credential = base64.b64decode(credential, validate=True).decode().partition(":")[0]
        except (binascii.Error, UnicodeDecodeError):
            credential = ""
    if not credential:
        raise StripeError(
            401,
            "You did not provide an API key. You need to provide your API key in the Authorization header, using"
            " Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
        )
    for key, account in BY_KEY.items():
        if hmac.compare_digest(key.encode(), credential.encode()):
            return account
    hidden = credential[:8] + "*" * max(0, len(credential) - 12) + credential[-4:]
    raise StripeError(401, f"Invalid API Key provided: {hidden}")
