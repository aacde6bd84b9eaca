"""One HTTP client for a helpdesk's JSON API: time-outs, bounded retries, the vendor's pace, errors in our words.

What `call` does may be repeated without harm: reads, and writes that set fields to given values. Nothing puts a
header or a credential into an error's text.
"""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import orjson
import stamina

from billing.errors import BadCredential, BillhouseError, NotFound, Refused, Transient
from gateways.http import retry_after

Explain = Callable[[Any], str]
_TIMEOUT = httpx.Timeout(60.0, connect=10.0)


class Pace:
    """Spreads calls over the window once little of the allowance is left, as the vendor's own headers tell it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._next = 0.0
        self._gap = 0.0

    def wait(self) -> None:
        """Sleep until the next call may be made."""
        with self._lock:
            now = time.monotonic()
            start = max(now, self._next)
            self._next = start + self._gap
        time.sleep(start - now)

    def learn(self, allowance: int | None, remaining: int | None, window_seconds: float) -> None:
        """Take in an allowance and what is left of it; in its last tenth, calls keep an even distance."""
        if not allowance or remaining is None:
            return
        with self._lock:
            self._gap = window_seconds / allowance if remaining * 10 < allowance else 0.0


@dataclass(frozen=True, slots=True)
class LimitHeaders:
    """The names of the headers by which a vendor tells its limit, and how many seconds an allowance is for."""

    allowance: str
    remaining: str
    retry_after: str = "retry-after"
    window_seconds: float = 60.0
    reset: str | None = None
    """Unix seconds at which an exhausted allowance is whole again, for vendors that give no Retry-After."""


class JsonApi:
    """One account of one helpdesk. `title` names it in error texts; `explain` finds the reason in an answer.

    `limits` says which headers tell the pace; calls of one `lane` (an endpoint class with a limit of its own) keep
    a distance of their own.
    """

    def __init__(
        self,
        *,
        title: str,
        base_url: str,
        auth: httpx.Auth,
        explain: Explain,
        limits: LimitHeaders,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self._title = title
        self._explain = explain
        self._limits = limits
        self._paces: dict[str, Pace] = {}
        self._client = httpx.Client(
            base_url=base_url, auth=auth, timeout=_TIMEOUT, headers=headers, follow_redirects=False
        )

    def send(self, method: str, path: str, json: Any, *, lane: str = "") -> Any:
        """Send once what must not be repeated blindly, and return the parsed answer. Errors: see `call`."""
        return self._once(method, path, None, json, lane)

    def call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        json: Any | None = None,
        lane: str = "",
    ) -> Any:
        """Return the parsed answer (None for an empty one), trying again on passing faults for up to five minutes.

        `path` may be a whole URL, as helpdesks give for a next page, on the account's own host only.

        Raises:
            Transient: rate limit, outage or broken answers, even after the last attempt.
            BadCredential: our key is not accepted or may not do this.
            NotFound: 404.
            Refused: any other no.
        """
        for attempt in stamina.retry_context(
            on=_wait, attempts=10, timeout=300.0, wait_initial=0.3, wait_max=20.0, wait_jitter=0.5
        ):
            with attempt:
                return self._once(method, path, params, json, lane)
        raise AssertionError("stamina returns or raises")

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _once(
        self, method: str, path: str, params: Mapping[str, str] | None, json: Any | None, lane: str
    ) -> Any:
        url = httpx.URL(path)
        if url.is_absolute_url and url.host != self._client.base_url.host:
            raise Refused(f"{self._title} points to another host, {url.host}: our key is not sent there.")
        pace = self._paces.setdefault(lane, Pace())
        pace.wait()
        content = orjson.dumps(json) if json is not None else None
        headers = {"Content-Type": "application/json"} if json is not None else None
        try:
            response = self._client.request(method, url, params=params, content=content, headers=headers)
        except (httpx.TransportError, httpx.DecodingError) as cause:
            # The cause's class says enough; its text could repeat parts of the request.
            raise Transient(
                f"{self._title}: {method} {url.path} broke off ({type(cause).__name__})."
            ) from None
        pace.learn(
            _number(response.headers, self._limits.allowance),
            _number(response.headers, self._limits.remaining),
            self._limits.window_seconds,
        )
        if response.status_code >= 300:
            raise self._error(method, url.path, response)
        if not response.content:
            return None
        try:
            return orjson.loads(response.content)
        except orjson.JSONDecodeError:
            raise Transient(f"{self._title}: {method} {url.path} answered with broken JSON.") from None

    def _error(self, method: str, path: str, response: httpx.Response) -> BillhouseError:
        status = response.status_code
        what = f"{self._title}: {method} {path} was answered with {status}"
        if status == 429 or status >= 500 or status in (408, 409):
            return Transient(f"{what}.", self._wait_seconds(response.headers))
        if status in (401, 403):
            return BadCredential(f"{what}: our credentials are not accepted, or may not do this.")
        try:
            reason = self._explain(orjson.loads(response.content))
        except orjson.JSONDecodeError:
            reason = "no reason given"
        if status == 404:
            return NotFound(f"{what}: {reason}.")
        return Refused(f"{what}: {reason}.", code=str(status))

    def _wait_seconds(self, headers: httpx.Headers) -> int | None:
        if self._limits.reset and (until := _number(headers, self._limits.reset)):
            return max(until - int(time.time()), 0)
        if self._limits.retry_after != "retry-after":
            return _number(headers, self._limits.retry_after)
        return retry_after(headers)


def _number(headers: Mapping[str, str], name: str) -> int | None:
    text = headers.get(name, "")
    return int(text) if text.isdigit() else None


def _wait(error: Exception) -> bool | timedelta:
    """Tell stamina whether to try again, and when, if the vendor said so."""
    if not isinstance(error, Transient):
        return False
    return timedelta(seconds=error.retry_after) if error.retry_after else True
