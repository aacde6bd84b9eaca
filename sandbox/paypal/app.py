"""The HTTP side of the emulated PayPal: tokens, request limits, errors; the endpoints are in `endpoints`."""

import base64
import binascii
import hashlib
import hmac
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import parse_qs

import orjson
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.clock import Clock
from sandbox.faults import Window
from sandbox.paypal import webhooks
from sandbox.paypal.accounts import ACCOUNTS, MAIN, Account, knob, set_base_url
from sandbox.paypal.books import Books
from sandbox.paypal.call import Call, Endpoint
from sandbox.paypal.endpoints import ROUTES
from sandbox.paypal.errors import PaypalError, bad_token, debug_id, missing, refused
from sandbox.refusals import refusal
from sandbox.state import State

TOKEN_SECONDS = 32_400
_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


def build(state: State, clock: Clock, url: str) -> Starlette:
    """Return the application; `url` is its own address as callers see it."""
    set_base_url(state, url)
    desk = _Desk(state, clock)
    paths: dict[str, dict[str, Endpoint]] = {}
    for method, path, endpoint in ROUTES:
        paths.setdefault(path, {})[method] = endpoint
    fixed = sorted(paths, key=lambda path: "{" in path)
    return Starlette(
        routes=[
            Route("/v1/oauth2/token", desk.token, methods=["POST"]),
            Route("/v1/notifications/certs/{name}", desk.certificate),
            *(Route(path, desk.serve(paths[path]), methods=_METHODS) for path in fixed),
            Route("/{rest:path}", desk.serve({}), methods=_METHODS),
        ]
    )


class _Desk:
    """Turns requests into calls of endpoints and their answers into responses."""

    def __init__(self, state: State, clock: Clock) -> None:
        self._state = state
        self._clock = clock
        self._window = Window(1, 1.0)
        self._uses: Counter[str] = Counter()

    async def token(self, request: Request) -> Response:
        """POST /v1/oauth2/token: client id and secret for a token that holds nine hours."""
        account = _client(request.headers.get("authorization", ""))
        if account is None:
            return _json(
                401, {"error": "invalid_client", "error_description": "Client Authentication failed"}
            )
        if parse_qs((await request.body()).decode()).get("grant_type") != ["client_credentials"]:
            return _json(
                400, {"error": "unsupported_grant_type", "error_description": "unsupported grant_type"}
            )
        body = {
            "scope": "https://uri.paypal.com/services/reporting/search/read https://uri.paypal.com/services/invoicing",
            "access_token": self._make_token(account),
            "token_type": "Bearer",
            "app_id": "APP-80W284485P519543T",
            "expires_in": TOKEN_SECONDS,
            "nonce": debug_id(),
        }
        return _json(200, body)

    async def certificate(self, request: Request) -> Response:
        """GET the certificate whose key signs webhooks, by its name."""
        if request.path_params["name"] != await run_in_threadpool(webhooks.certificate_id, self._state):
            return Response(status_code=404)
        return Response(await run_in_threadpool(webhooks.certificate, self._state), media_type="text/plain")

    def serve(self, methods: Mapping[str, Endpoint]) -> Callable[[Request], Awaitable[Response]]:
        """Return a handler for one path."""

        async def handle(request: Request) -> Response:
            body = await request.body()
            return await run_in_threadpool(self._answer, request, body, methods)

        return handle

    def _answer(self, request: Request, body: bytes, methods: Mapping[str, Endpoint]) -> Response:
        if self._window.take("all", knob(self._state, "requests_per_second"))[1]:
            headers, raw = refusal("/paypal", 429)
            return Response(raw, 429, {name.decode(): value.decode() for name, value in headers})
        try:
            account = self._let_in(request)
            endpoint = methods.get(request.method)
            if endpoint is None:
                raise missing()
            with self._state.transaction():
                books = Books(self._state, account.name, self._clock.timestamp())
                headers_ = {name.lower(): value for name, value in request.headers.items()}
                is_form = headers_.get("content-type", "").startswith("multipart/")
                parsed = {} if is_form else _parsed(body)
                call = Call(books, dict(request.query_params), parsed, headers_, body)
                status, content = endpoint(call, **request.path_params)
        except PaypalError as error:
            return _json(error.status, error.body)
        return _json(status, content)

    def _let_in(self, request: Request) -> Account:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise bad_token("The token passed in was not found in the system")
        _, _, rest = token.partition(".")
        begun, _, number = rest.partition("-")
        if not begun.isdigit() or not hmac.compare_digest(
            token.encode(), self._signed(MAIN, begun, number).encode()
        ):
            raise bad_token("Token signature verification failed")
        uses = knob(self._state, "token_requests")
        self._uses[token] += 1
        if self._clock.timestamp() - int(begun) > TOKEN_SECONDS or (uses and self._uses[token] > uses):
            raise bad_token("Token has expired")
        return MAIN

    def _make_token(self, account: Account) -> str:
        return self._signed(
            account, str(self._clock.timestamp()), str(self._state.next_number("paypal.token"))
        )

    @staticmethod
    def _signed(account: Account, begun: str, number: str) -> str:
        text = hmac.new(
            account.client_secret.encode(), f"{begun}-{number}".encode(), hashlib.sha256
        ).hexdigest()
        return f"A21AA{text}.{begun}-{number}"


def _client(header: str) -> Account | None:
    scheme, _, text = header.partition(" ")
    try:
        client, _, secret = base64.b64decode(text, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    for account in ACCOUNTS.values():
        if scheme.lower() == "basic" and client == account.client_id and hmac.compare_digest(
            secret.encode(), account.client_secret.encode()
        ):  # fmt: skip
            return account
    return None


def _parsed(body: bytes) -> dict[str, Any]:
    if not body:
        return {}
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise refused(400, "MALFORMED_REQUEST_JSON", name="INVALID_REQUEST") from None
    if not isinstance(found, dict):
        raise refused(400, "MALFORMED_REQUEST_JSON", name="INVALID_REQUEST")
    return found


def _json(status: int, content: Any) -> Response:
    headers = {"paypal-debug-id": debug_id()}
    if status == 401:
        headers["www-authenticate"] = "Bearer"
    if content is None:
        return Response(status_code=status, headers=headers)
    return Response(orjson.dumps(content), status, headers, media_type="application/json")
