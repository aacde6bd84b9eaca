"""The sandbox's own controls under /control: ledger, clock, faults, request log, webhooks, writes, limits.

These are not any vendor's API; tests and the demo use them to look behind the scenes and make things happen.
"""

import json
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox import finance, ledger, vendors
from sandbox.clock import Clock
from sandbox.deliveries import Dispatcher
from sandbox.faults import Fault, Faults
from sandbox.state import State
from sandbox.stripe import life
from sandbox.zendesk import jobs, limits, users

KEPT_REQUESTS = 50_000


class RequestLog:
    """ASGI middleware that notes every request outside /control: the latest 50,000, in memory."""

    def __init__(self, app: ASGIApp, entries: deque[dict[str, Any]]) -> None:
        self.app = app
        self.entries = entries

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the request and note it; `status` stays null when no answer was sent."""
        if scope["type"] != "http" or scope["path"].startswith("/control"):
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        key = headers.get(b"idempotency-key")
        entry: dict[str, Any] = {
            "at": datetime.now(UTC).isoformat(),
            "method": scope["method"],
            "path": scope["path"],
            "query": scope["query_string"].decode("latin-1"),
            "status": None,
            "idempotency_key": key.decode("latin-1") if key else None,
        }
        self.entries.append(entry)

        async def note(message: Message) -> None:
            if message["type"] == "http.response.start":
                entry["status"] = message["status"]
            await send(message)

        await self.app(scope, receive, note)


def _pass_time(state: State, clock: Clock, seconds: int) -> None:
    since = clock.timestamp()
    life.advance(state, clock, seconds)
    vendors.pass_time(state, since, clock.timestamp())


@dataclass(frozen=True)
class Controls:
    """What the endpoints below act on."""

    state: State
    clock: Clock
    faults: Faults
    requests: deque[dict[str, Any]]
    dispatcher: Dispatcher


class _Refused(ValueError):
    """The caller asked for something that makes no sense; the message says what."""


async def _body(request: Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.body() or b"{}")
    except ValueError as error:
        raise _Refused(f"the body is not JSON: {error}") from error
    if not isinstance(body, dict):
        raise _Refused("the body must be a JSON object")
    return body


def _text(body: dict[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise _Refused(f"{name} must be a text")
    return value


def _fault(body: dict[str, Any]) -> Fault:
    fields = {"path", "kind", "method", "times", "skip", "seconds"}
    if unknown := set(body) - fields:
        raise _Refused(f"unknown: {', '.join(sorted(unknown))}")
    return Fault(
        path=_text(body, "path"),
        kind=str(body.get("kind")),
        method=str(body["method"]).upper() if body.get("method") else None,
        times=int(body.get("times", 1)),
        skip=int(body.get("skip", 0)),
        seconds=float(body.get("seconds", 0)),
    )


def _guarded(path: str, endpoint: Any, *methods: str) -> Route:
    """Return a route whose mistaken requests are answered with 400 and the reason."""

    async def run(request: Request) -> Response:
        try:
            answer: Response = await endpoint(request)
        except (ValueError, TypeError) as error:
            return JSONResponse({"error": str(error)}, status_code=400)
        return answer

    return Route(f"/control/{path}", run, methods=list(methods))


def _book_routes(state: State, clock: Clock) -> list[Route]:
    """Return the routes that show the company's own books and what its helpdesk was told."""

    async def show_ledger(_request: Request) -> Response:
        return JSONResponse(
            {"rows": ledger.rows(state), "days": ledger.days(state), "counts": vendors.counts(state)}
        )

    async def show_finance(_request: Request) -> Response:
        return JSONResponse(finance.show(state, clock.timestamp()))

    async def helpdesk_writes(request: Request) -> Response:
        jobs.run_due(state, clock)
        if request.method == "DELETE":
            users.forget_writes(state)
            return Response(status_code=204)
        return JSONResponse({"zendesk": users.writes(state)})

    return [
        _guarded("ledger", show_ledger, "GET"),
        _guarded("finance", show_finance, "GET"),
        _guarded("helpdesk_writes", helpdesk_writes, "GET", "DELETE"),
    ]


def routes(controls: Controls) -> list[Route]:
    """Return the routes of /control."""
    state, clock = controls.state, controls.clock

    def now() -> dict[str, Any]:
        return {"now": clock.now().isoformat(), "timestamp": clock.timestamp()}

    async def move_clock(request: Request) -> Response:
        if request.method == "POST":
            body = await _body(request)
            seconds = int(body.get("advance_seconds", 0)) + 86_400 * int(body.get("advance_days", 0))
            if seconds < 0:
                raise _Refused("the clock only goes forward")
            # In a thread: whatever falls due meanwhile sends webhooks, whose receivers call the API back.
            await run_in_threadpool(_pass_time, state, clock, seconds)
        return JSONResponse(now())

    async def plan_faults(request: Request) -> Response:
        if request.method == "POST":
            fault = controls.faults.plan(_fault(await _body(request)))
            return JSONResponse({"id": fault.id}, status_code=201)
        if request.method == "DELETE":
            controls.faults.clear()
            return Response(status_code=204)
        return JSONResponse(controls.faults.planned())

    async def show_requests(request: Request) -> Response:
        if request.method == "DELETE":
            controls.requests.clear()
            return Response(status_code=204)
        prefix = request.query_params.get("prefix", "")
        return JSONResponse([entry for entry in controls.requests if entry["path"].startswith(prefix)])

    async def resend(request: Request) -> Response:
        event_id = _text(await _body(request), "event_id")
        try:
            await run_in_threadpool(controls.dispatcher.resend, event_id)
        except LookupError:
            return JSONResponse({"error": f"no event {event_id}"}, status_code=404)
        return JSONResponse({"resent": event_id})

    async def target(request: Request) -> Response:
        body = await _body(request)
        account, url = _text(body, "account"), _text(body, "url")
        await run_in_threadpool(controls.dispatcher.set_target, account, url)
        return JSONResponse({"account": account, "url": url})

    async def set_limits(request: Request) -> Response:
        if request.method == "POST":
            limits.configure(state, await _body(request))
        return JSONResponse(limits.configured(state))

    async def act(request: Request) -> Response:
        body = await _body(request)
        try:
            return JSONResponse(await run_in_threadpool(vendors.act, state, clock, body))
        except LookupError as error:
            return JSONResponse({"error": str(error)}, status_code=404)

    return [
        *_book_routes(state, clock),
        _guarded("clock", move_clock, "GET", "POST"),
        _guarded("faults", plan_faults, "GET", "POST", "DELETE"),
        _guarded("requests", show_requests, "GET", "DELETE"),
        _guarded("webhooks/resend", resend, "POST"),
        _guarded("webhooks/target", target, "POST"),
        _guarded("limits", set_limits, "GET", "POST"),
        _guarded("act", act, "POST"),
    ]
