"""Faults on demand and request limits: the bad days of a vendor, acted out on real bytes.

A fault is chosen by path, method and count before a request reaches any application, so every emulated vendor
has the same faults. Dropping a connection needs the socket: `DroppableProtocol` hands it to the application.
"""

import asyncio
import fnmatch
import itertools
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, cast

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from sandbox.refusals import page, refusal

TRANSPORT = "sandbox.transport"
_REFUSALS = {"401": 401, "429": 429, "429_bare": 429, "500": 500}
_PAGES = {"html": 200, "html_502": 502}
HTTP_KINDS = frozenset({*_REFUSALS, *_PAGES, "timeout_before", "timeout_after", "truncate", "cut", "delay"})
SMTP_KINDS = frozenset({"smtp_refuse", "smtp_tempfail", "smtp_after"})


@dataclass
class Fault:
    """One planned misfortune: what happens to the next `times` matching requests, after `skip` good ones.

    Attributes:
        path: exact path or a pattern with `*` (`/stripe/v1/invoices/*`); `smtp` for the mail server.
        kind: one of HTTP_KINDS or SMTP_KINDS.
        method: HTTP method; None for any.
        times: how many requests are still to be hit.
        skip: how many matching requests still go through first.
        seconds: how long to hold the request (delay), or what a 429 says in Retry-After (429_bare says nothing).
    """

    path: str
    kind: str
    method: str | None = None
    times: int = 1
    skip: int = 0
    seconds: float = 0.0
    id: int = 0


class Faults:
    """The planned faults, in order; safe to use from the HTTP loop and the mail thread at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._planned: list[Fault] = []
        self._numbers = itertools.count(1)

    def plan(self, fault: Fault) -> Fault:
        """Add a fault.

        Raises:
            ValueError: a kind that does not exist or does not fit the path, or a count below one.
        """
        known = SMTP_KINDS if fault.path == "smtp" else HTTP_KINDS
        if fault.kind not in known:
            raise ValueError(
                f"kind {fault.kind!r} does not exist for {fault.path!r}; known: {', '.join(sorted(known))}"
            )
        if fault.times < 1 or fault.skip < 0 or fault.seconds < 0:
            raise ValueError("times must be 1 or more, skip and seconds not negative")
        with self._lock:
            fault.id = next(self._numbers)
            self._planned.append(fault)
        return fault

    def take(self, path: str, method: str, kinds: frozenset[str] = HTTP_KINDS) -> Fault | None:
        """Count one request against the planned faults and return the fault that hits it, if any."""
        with self._lock:
            for fault in self._planned:
                if fault.kind not in kinds or fault.method not in (None, method):
                    continue
                if not fnmatch.fnmatchcase(path, fault.path):
                    continue
                if fault.skip:
                    fault.skip -= 1
                    return None
                fault.times -= 1
                if not fault.times:
                    self._planned.remove(fault)
                return fault
        return None

    def planned(self) -> list[dict[str, Any]]:
        """Return what is still to happen, as JSON-ready dicts."""
        with self._lock:
            return [asdict(fault) for fault in self._planned]

    def clear(self) -> None:
        """Forget every planned fault."""
        with self._lock:
            self._planned.clear()


class Window:
    """A sliding window of requests per key: at most `limit` in `seconds`, by the machine's clock."""

    def __init__(self, limit: int, seconds: float) -> None:
        self.limit = limit
        self.seconds = seconds
        self._hits: dict[str, deque[float]] = defaultdict(deque)

    def take(self, key: str, limit: int | None = None) -> tuple[int, float]:
        """Count one request of `key`; return (requests left, seconds to wait); 0 seconds lets it pass."""
        allowed = self.limit if limit is None else limit
        now = time.monotonic()
        hits = self._hits[key]
        while hits and hits[0] <= now - self.seconds:
            hits.popleft()
        if len(hits) >= allowed:
            return 0, (hits[0] + self.seconds - now if hits else self.seconds)
        hits.append(now)
        return allowed - len(hits), 0.0


class DroppableProtocol(HttpToolsProtocol):
    """uvicorn's HTTP protocol that also gives the application its socket, so that a fault can close it."""

    def on_message_begin(self) -> None:
        """Start a request's scope, with the transport in its extensions."""
        super().on_message_begin()
        cast(dict[str, Any], self.scope)["extensions"] = {TRANSPORT: self.transport}


class FaultInjection:
    """ASGI middleware that lets the planned faults happen to requests outside /control."""

    def __init__(self, app: ASGIApp, faults: Faults) -> None:
        self.app = app
        self.faults = faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or spoil it as planned."""
        if scope["type"] != "http" or scope["path"].startswith("/control"):
            await self.app(scope, receive, send)
            return
        fault = self.faults.take(scope["path"], scope["method"])
        if fault is None:
            await self.app(scope, receive, send)
        elif fault.kind in _REFUSALS or fault.kind in _PAGES:
            await _refuse(scope, receive, send, fault)
        elif fault.kind == "timeout_before":
            await asyncio.sleep(fault.seconds)
            await _drop(scope, receive, at_once=True)
        elif fault.kind == "delay":
            again = await _whole(receive)
            await asyncio.sleep(fault.seconds)
            await self.app(scope, again, send)
        else:
            await self._spoil_answer(scope, receive, send, fault)

    async def _spoil_answer(self, scope: Scope, receive: Receive, send: Send, fault: Fault) -> None:
        """Let the request be processed to the end, then lose the answer or its second half."""
        start: Message = {}
        body = bytearray()

        async def keep(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            elif message["type"] == "http.response.body":
                body.extend(message.get("body", b""))

        await self.app(scope, receive, keep)
        await asyncio.sleep(fault.seconds)
        if fault.kind == "timeout_after":
            await _drop(scope, receive, at_once=True)
            return
        headers = [(name, value) for name, value in start["headers"] if name.lower() != b"content-length"]
        if fault.kind == "truncate":
            headers.append((b"content-length", str(len(body)).encode()))
        await send({**start, "headers": headers})
        await send({"type": "http.response.body", "body": bytes(body[: len(body) // 2]), "more_body": True})
        await _drop(scope, receive, at_once=False)


async def _whole(receive: Receive) -> Receive:
    """Take in the whole request at once, so that a caller who hangs up meanwhile does not undo it."""
    messages = [await receive()]
    while messages[-1].get("more_body"):
        messages.append(await receive())
    kept = iter(messages)

    async def again() -> Message:
        for message in kept:
            return message
        return await receive()

    return again


async def _drop(scope: Scope, receive: Receive, *, at_once: bool) -> None:
    """Close the connection and wait until it is gone; `at_once` throws away what was not sent yet."""
    transport: asyncio.Transport = scope["extensions"][TRANSPORT]
    if at_once:
        transport.abort()
    else:
        transport.close()
    while (await receive())["type"] != "http.disconnect":
        continue


async def _refuse(scope: Scope, receive: Receive, send: Send, fault: Fault) -> None:
    """Answer in the application's place, which never hears of the request."""
    if fault.kind in _PAGES:
        status = _PAGES[fault.kind]
        headers, body = page(status)
    else:
        status = _REFUSALS[fault.kind]
        is_told = fault.kind != "429_bare"
        headers, body = refusal(scope["path"], status, fault.seconds or 1.0, is_told=is_told)
    while (await receive()).get("more_body"):
        continue
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


class StripeRateLimit:
    """ASGI middleware: at most `limit()` requests a second for one API key under /stripe."""

    def __init__(self, app: ASGIApp, limit: Callable[[], int]) -> None:
        self.app = app
        self._limit = limit
        self._window = Window(limit(), 1.0)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 429 in Stripe's words."""
        if scope["type"] == "http" and scope["path"].startswith("/stripe/"):
            key = dict(scope["headers"]).get(b"authorization", b"").decode("latin-1")
            wait = self._window.take(key, self._limit())[1]
            if wait:
                headers, body = refusal("/stripe", 429, wait)
                headers.append((b"stripe-rate-limited-reason", b"global-rate"))
                await send({"type": "http.response.start", "status": 429, "headers": headers})
                await send({"type": "http.response.body", "body": body})
                return
        await self.app(scope, receive, send)
