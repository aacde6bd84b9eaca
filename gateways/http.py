"""One HTTP client for reading a vendor's JSON: time-outs, rate limit, bounded retries, errors in our words.

Only reads are repeated. Money is moved elsewhere (the vendors' SDKs, without retries). Nothing here ever puts
a header or a credential into an error's text.
"""

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import orjson
import stamina
from pyrate_limiter import Duration, Limiter, Rate
from stamina.instrumentation import RetryDetails, set_on_retry_hooks

from billing import clock
from billing.errors import BadCredential, BillhouseError, Refused, Transient

Params = Mapping[str, str | int | Sequence[str]]
Translate = Callable[[httpx.Response], BillhouseError]
Parse = Callable[[bytes], Any]

_LONGEST_WAIT = 60
_PASSING = (408, 409, 425, 429)
_log = logging.getLogger(__name__)
_limiters: dict[tuple[str, int], Limiter] = {}
_limiters_lock = threading.Lock()


def limiter(account: str, per_second: int) -> Limiter:
    """Return the limiter of an account, shared by everything in this process that calls it."""
    with _limiters_lock:
        key = (account, per_second)
        if key not in _limiters:
            _limiters[key] = Limiter(Rate(per_second, Duration.SECOND))
        return _limiters[key]


class JsonReader:
    """Reads JSON from one account of one vendor; safe to share between threads.

    `title` names the account in error texts; `translate` turns an answer of 400 and above into our error;
    `patience` is how many seconds may go into one read, with all its repeats: a person waits less than a load.
    `parse` reads a body where orjson's numbers are not exact enough; `watch` sees every answer, for its headers.
    `auth` is for credentials that change while it lives, such as tokens.
    """

    def __init__(
        self,
        *,
        title: str,
        base_url: str,
        headers: Mapping[str, str],
        limit: Limiter,
        translate: Translate,
        connections: int = 16,
        patience: float = 120.0,
        parse: Parse = orjson.loads,
        watch: Callable[[httpx.Response], None] | None = None,
        auth: httpx.Auth | None = None,
    ) -> None:
        self._title = title
        self._parse = parse
        self._watch = watch
        self._limit = limit
        self._translate = translate
        self._patience = patience
        self._client = httpx.Client(
            base_url=base_url,
            headers=dict(headers),
            auth=auth,
            timeout=httpx.Timeout(min(60.0, patience), connect=min(10.0, patience)),
            limits=httpx.Limits(max_connections=connections, max_keepalive_connections=connections),
        )

    def get(self, path: str, params: Params | None = None) -> Any:
        """Return the parsed JSON of GET `path`, trying again on passing faults while `patience` lasts.

        Raises:
            Transient: rate limit, outage or broken answers, even after the last attempt.
            BillhouseError: whatever `translate` makes of another refusal.
        """
        return self.get_with_headers(path, params)[0]

    def get_with_headers(self, path: str, params: Params | None = None) -> tuple[Any, httpx.Headers]:
        """Return the parsed JSON of GET `path` as `get` does, and the headers, where a vendor counts its pages.

        Raises:
            BillhouseError: see `get`.
        """
        for attempt in stamina.retry_context(
            on=wait_as_told,
            attempts=8,
            timeout=self._patience,
            wait_initial=0.2,
            wait_max=15.0,
            wait_jitter=0.5,
        ):
            with attempt:
                return self._get_once(path, params)
        raise AssertionError("stamina returns or raises")

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _get_once(self, path: str, params: Params | None) -> tuple[Any, httpx.Headers]:
        self._limit.try_acquire(self._title)
        try:
            response = self._client.get(path, params=dict(params or {}))
        except (httpx.TransportError, httpx.DecodingError) as cause:
            # The cause's class says enough; its text could repeat parts of the request.
            raise Transient(f"{self._title}: GET {path} broke off ({type(cause).__name__}).") from None
        if self._watch is not None:
            self._watch(response)
        if response.status_code >= 400:
            raise self._translate(response)
        try:
            return self._parse(response.content), response.headers
        except ValueError:
            came = "a page of HTML in place of JSON" if is_page(response) else "broken JSON"
            raise Transient(f"{self._title}: GET {path} answered with {came}.") from None


def is_page(answer: httpx.Response) -> bool:
    """Say whether an answer is a page of HTML: the word of a proxy or a host, never the vendor's own."""
    return answer.content[:200].lstrip().lower().startswith((b"<!doctype html", b"<html"))


def from_page(vendor: str, answer: httpx.Response) -> BillhouseError:
    """Translate a page of HTML with 400 and above. It may pass, or be a refusal; it never says "no such object"."""
    status = answer.status_code
    words = f"{vendor}: a page of HTML came in place of an answer (HTTP {status})."
    if status in _PASSING or status >= 500:
        return Transient(words, retry_after(answer.headers))
    remedy = " Check the account's base_url, and what stands between us and it."
    return BadCredential(words + remedy) if status == 401 else Refused(words + remedy)


def retry_after(headers: Mapping[str, str]) -> int | None:
    """Return the seconds that a Retry-After header asks for (a number or a date), at most a minute."""
    text = headers.get("retry-after", "").strip()
    if not text:
        return None
    if text.isdigit():
        return min(int(text), _LONGEST_WAIT)
    try:
        seconds = (parsedate_to_datetime(text) - clock.now()).total_seconds()
    except (ValueError, TypeError):
        return None
    return max(0, min(round(seconds), _LONGEST_WAIT))


def _log_retry(details: RetryDetails) -> None:
    _log.warning("%s Trying again in %.1f s.", details.caused_by, details.wait_for)


# By itself stamina prints to standard output wherever structlog is installed; that is for answers.
set_on_retry_hooks([_log_retry])


def wait_as_told(error: Exception) -> bool | timedelta:
    """Tell stamina whether to try again, and when, if the vendor said so."""
    if not isinstance(error, Transient):
        return False
    return timedelta(seconds=error.retry_after) if error.retry_after else True
