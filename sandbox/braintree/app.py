"""The HTTP side of the emulated Braintree: keys, versions, XML; the endpoints are in `endpoints`."""

import base64
import binascii
import gzip
import hmac
import inspect
from collections.abc import Awaitable, Callable, Mapping

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.braintree import endpoints as do
from sandbox.braintree import selling, xml
from sandbox.braintree.books import Books
from sandbox.braintree.errors import BraintreeError, NotDone
from sandbox.braintree.merchant import ACCOUNT, MERCHANT_ID, PRIVATE_KEY, PUBLIC_KEY, VENDOR
from sandbox.clock import Clock
from sandbox.state import State

_LISTED = {
    "customer": "customers", "dispute": "disputes", "discount": "discounts", "add_on": "add_ons",
    "plan": "plans", "subscription": "subscriptions", "transaction": "transactions",
}  # fmt: skip

_ROUTES: tuple[tuple[str, str, do.Endpoint], ...] = (
    ("POST", "/transactions/advanced_search_ids", do.search_ids("transaction")),
    ("POST", "/transactions/advanced_search", do.search("transaction")),
    ("POST", "/customers/advanced_search_ids", do.search_ids("customer")),
    ("POST", "/customers/advanced_search", do.search("customer")),
    ("POST", "/subscriptions/advanced_search_ids", do.search_ids("subscription")),
    ("POST", "/subscriptions/advanced_search", do.search("subscription")),
    ("POST", "/disputes/advanced_search", do.search_disputes),
    ("GET", "/merchant_accounts", do.merchant_accounts),
    ("GET", "/plans", do.every("plan", "plans")),
    ("GET", "/add_ons", do.every("add_on", "add-ons")),
    ("GET", "/discounts", do.every("discount", "discounts")),
    ("POST", "/settlement_batch_summary", do.settlement_batch_summary),
    ("POST", "/customers", do.create_customer),
    ("GET", "/customers/{id}", do.find("customer")),
    ("PUT", "/customers/{id}", do.update_customer),
    ("DELETE", "/customers/{id}", do.delete_customer),
    ("POST", "/transactions", selling.create),
    ("GET", "/transactions/{id}", do.find("transaction")),
    ("GET", "/transactions/{id}/line_items", do.line_items),
    ("POST", "/transactions/{id}/refund", do.refund),
    ("POST", "/transactions/{id}/reverse", do.reverse),
    ("PUT", "/transactions/{id}/submit_for_settlement", do.submit),
    ("POST", "/transactions/{id}/submit_for_partial_settlement", do.submit_partially),
    ("PUT", "/transactions/{id}/void", do.void),
    ("PUT", "/transactions/{id}/settle", do.settle),
    ("PUT", "/transactions/{id}/settlement_decline", do.decline_settlement),
    ("POST", "/payment_methods", do.create_payment_method),
    ("POST", "/subscriptions", do.create_subscription),
    ("GET", "/subscriptions/{id}", do.find("subscription")),
    ("PUT", "/subscriptions/{id}", do.update_subscription),
    ("PUT", "/subscriptions/{id}/cancel", do.cancel_subscription),
    ("PUT", "/subscriptions/{id}/make_past_due", do.make_past_due),
    ("GET", "/disputes/{id}", do.find("dispute")),
    ("PUT", "/disputes/{id}/accept", do.accept_dispute),
    ("POST", "/disputes/{id}/evidence", do.add_evidence),
    ("DELETE", "/disputes/{id}/evidence/{evidence}", do.remove_evidence),
    ("PUT", "/disputes/{id}/finalize", do.finalize_dispute),
    ("GET", "/plans/{id}", do.find("plan")),
)


def build(state: State, clock: Clock) -> Starlette:
    """Return the application with the routes /merchants/<id>/...; mount it anywhere."""
    desk = _Desk(state, clock)
    paths: dict[str, dict[str, do.Endpoint]] = {}
    for method, path, endpoint in _ROUTES:
        paths.setdefault(path, {})[method] = endpoint
    routes = []
    for path, methods in paths.items():
        for shape in (path, f"{path}/"):  # the SDK asks for plans and discounts with a slash at the end
            full = "/merchants/{merchant}" + shape
            routes.append(Route(full, desk.serve(methods), methods=["GET", "POST", "PUT", "DELETE"]))
    every = ["GET", "POST", "PUT", "DELETE"]
    return Starlette(routes=[*routes, Route("/{rest:path}", desk.serve({}), methods=every)])


def counts(state: State) -> Mapping[str, Mapping[str, int]]:
    """Return how many objects of each kind the API would list."""
    found = {row["kind"]: row["n"] for row in state.count(VENDOR)}
    return {ACCOUNT: {plural: found[kind] for kind, plural in _LISTED.items() if kind in found}}


class _Desk:
    """Turns requests into calls of endpoints and their answers into responses."""

    def __init__(self, state: State, clock: Clock) -> None:
        self._state = state
        self._clock = clock

    def serve(self, methods: Mapping[str, do.Endpoint]) -> Callable[[Request], Awaitable[Response]]:
        """Return a handler for one path."""

        async def handle(request: Request) -> Response:
            body = await request.body()
            return await run_in_threadpool(self._answer, request, body, methods)

        return handle

    def _answer(self, request: Request, body: bytes, methods: Mapping[str, do.Endpoint]) -> Response:
        try:
            status, content = self._let_in(request, body, methods)
        except BraintreeError as refusal:
            status, content = refusal.status, refusal.body
        headers = {"content-type": "application/xml; charset=utf-8"}
        if content and "gzip" in request.headers.get("accept-encoding", ""):
            content = gzip.compress(content, 1)
            headers["content-encoding"] = "gzip"
        return Response(content, status, headers)

    def _let_in(self, request: Request, body: bytes, methods: Mapping[str, do.Endpoint]) -> tuple[int, bytes]:
        _know(request)
        if request.headers.get("x-apiversion") != "6":
            raise BraintreeError(426)
        ids = dict(request.path_params)
        endpoint = methods.get(request.method)
        if ids.pop("merchant", None) != MERCHANT_ID or endpoint is None:
            raise BraintreeError(404)
        try:
            given = xml.parse(body)
        except ValueError:
            raise BraintreeError(400) from None
        if "query" in inspect.signature(endpoint).parameters:
            ids["query"] = request.query_params
        books = Books(self._state, self._clock.timestamp())
        with self._state.transaction():
            try:
                return endpoint(books, given, **ids)
            except NotDone as refusal:  # a declined sale is kept
                return refusal.status, refusal.body


def _know(request: Request) -> None:
    scheme, _, credential = request.headers.get("authorization", "").partition(" ")
    try:
        given = base64.b64decode(credential, validate=True)
    except (binascii.Error, ValueError):
        given = b""
    right = f"{PUBLIC_KEY}:{PRIVATE_KEY}".encode()
    if scheme.lower() != "basic" or not hmac.compare_digest(given, right):
        raise BraintreeError(401)
