"""One HTTP client for a helpdesk's JSON API: time-outs, bounded retries, the vendor's pace, errors in our words.

What `call` does may be repeated without harm: reads, and writes that set fields to given values. Nothing puts a
header or a credential into an error's text.
"""

import threading
import time
from collections.abc import Callable, Mapping
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
    """Spreads calls over a minute once little of the allowance is left, as the vendor's own headers tell it."""

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

    def learn(self, per_minute: int | None, remaining: int | None) -> None:
        """Take in an allowance and what is left of it; in its last tenth, calls keep an even distance."""
        if not per_minute or remaining is None:
            return
        with self._lock:
            self._gap = 60.0 / per_minute if remaining * 10 < per_minute else 0.0


class JsonApi:
    """One account of one helpdesk. `title` names it in error texts; `explain` finds the reason in an answer."""

    def __init__(self, *, title: str, base_url: str, auth: httpx.Auth, explain: Explain) -> None:
        self._title = title
        self._explain = explain
        self._pace = Pace()
        self._client = httpx.Client(base_url=base_url, auth=auth, timeout=_TIMEOUT, follow_redirects=False)

    def send(self, method: str, path: str, json: Any) -> Any:
        """Send once what must not be repeated blindly, and return the parsed answer. Errors: see `call`."""
        return self._once(method, path, None, json)

    def call(
        self, method: str, path: str, *, params: Mapping[str, str] | None = None, json: Any | None = None
    ) -> Any:
        """Return the parsed answer, trying again on passing faults for up to five minutes.

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
                return self._once(method, path, params, json)
        raise AssertionError("stamina returns or raises")

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _once(self, method: str, path: str, params: Mapping[str, str] | None, json: Any | None) -> Any:
        url = httpx.URL(path)
        if url.is_absolute_url and url.host != self._client.base_url.host:
            raise Refused(f"{self._title} points to another host, {url.host}: our key is not sent there.")
        self._pace.wait()
        content = orjson.dumps(json) if json is not None else None
        headers = {"Content-Type": "application/json"} if json is not None else None
        try:
            response = self._client.request(method, url, params=params, content=content, headers=headers)
        except (httpx.TransportError, httpx.DecodingError) as cause:
            # The cause's class says enough; its text could repeat parts of the request.
            raise Transient(
                f"{self._title}: {method} {url.path} broke off ({type(cause).__name__})."
            ) from None
        self._pace.learn(
            _number(response.headers, "x-rate-limit"), _number(response.headers, "x-rate-limit-remaining")
        )
        if response.status_code >= 300:
            raise self._error(method, url.path, response)
        try:
            return orjson.loads(response.content)
        except orjson.JSONDecodeError:
            raise Transient(f"{self._title}: {method} {url.path} answered with broken JSON.") from None

    def _error(self, method: str, path: str, response: httpx.Response) -> BillhouseError:
        status = response.status_code
        what = f"{self._title}: {method} {path} was answered with {status}"
        if status == 429 or status >= 500 or status in (408, 409):
            return Transient(f"{what}.", retry_after(response.headers))
        if status in (401, 403):
            return BadCredential(f"{what}: our e-mail and token are not accepted, or may not do this.")
        try:
            reason = self._explain(orjson.loads(response.content))
        except orjson.JSONDecodeError:
            reason = "no reason given"
        if status == 404:
            return NotFound(f"{what}: {reason}.")
        return Refused(f"{what}: {reason}.", code=str(status))


def _number(headers: Mapping[str, str], name: str) -> int | None:
    text = headers.get(name, "")
    return int(text) if text.isdigit() else None


def _wait(error: Exception) -> bool | timedelta:
    """Tell stamina whether to try again, and when, if the vendor said so."""
    if not isinstance(error, Transient):
        return False
    return timedelta(seconds=error.retry_after) if error.retry_after else True
