"""How a write reaches Recurly: under an idempotency key, by httpx, with amounts that were never floats.

Recurly keeps a key's answer for one hour and gives it again with `Idempotency-Prior: true`; 429 is never kept (API
reference v2021-02-25, introduction). After the hour the same key is a new request: whoever sends late looks first.
"""

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx
from pyrate_limiter import Limiter

from billing.errors import OutcomeUnknown, Transient
from gateways.recurly import exact
from gateways.recurly.errors import from_reading, from_writing, wait

_TIMEOUT = httpx.Timeout(60.0, connect=10.0)
_NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
_ASKED_AGAIN = 3
_LONGEST_PAUSE = 2
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Written:
    """Recurly's answer to a write."""

    body: dict[str, Any]
    """Empty where Recurly answers with nothing (204)."""
    request_id: str | None
    """Recurly's own id of our request, which its support asks for."""
    is_replay: bool
    """The key was used within the hour: this is the answer of that time, and nothing was done again."""


class Writer:
    """Sends writes of one site; safe to share between threads."""

    def __init__(self, title: str, base_url: str, headers: Mapping[str, str], limit: Limiter) -> None:
        self._title = title
        self._limit = limit
        self._client = httpx.Client(base_url=base_url, headers=dict(headers), timeout=_TIMEOUT)

    def send(self, method: str, path: str, body: Mapping[str, Any] | None = None, *, key: str) -> Written:
        """Carry out one write. MONEY MAY MOVE.

        A request is repeated only where Recurly says that one with this very key is still running (409 with
        `Recurly-Should-Retry`): within seconds of it the key makes the repetition a question for its answer. If no
        answer comes, the outcome is unknown: that the repetition did not begin says nothing of the first.

        Raises:
            OutcomeUnknown: it may or may not have been carried out; ask, never re-send.
            Transient: Recurly did not begin; the same call may be made again.
            BadCredential: the key is unknown to Recurly or lacks the permission.
            Refused: Recurly said no; `code` is its word.
        """
        response = self._keyed(method, path, body, key)
        if _is_running(response):
            try:
                response = self._ask_again(response, method, path, body, key)
                if _is_running(response) or response.status_code == 429:
                    raise OutcomeUnknown(f"{self._title}: {method} {path} is still being carried out.")
            except Transient as cause:  # only this repetition did not begin: the first one did
                raise OutcomeUnknown(str(cause)) from None
        if response.status_code >= 400:
            raise from_writing(response)
        prior = response.headers.get("idempotency-prior", "").lower() == "true"
        return Written(_parsed(response), response.headers.get("x-request-id"), prior)

    def ask(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """POST a question that changes nothing, such as a preview, once. MONEY NEVER MOVES.

        Raises:
            BillhouseError: see `RecurlyApi.get`.
        """
        try:
            response = self._once("POST", path, body, {})
            if response.status_code >= 400:
                raise from_reading(response)
            return _parsed(response)
        except OutcomeUnknown as cause:  # nothing could have come of it
            raise Transient(str(cause)) from None

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _keyed(self, method: str, path: str, body: Mapping[str, Any] | None, key: str) -> httpx.Response:
        return self._once(method, path, body, {"Idempotency-Key": key})

    def _ask_again(
        self, response: httpx.Response, method: str, path: str, body: Mapping[str, Any] | None, key: str
    ) -> httpx.Response:
        for _ in range(_ASKED_AGAIN):
            _log.warning("Recurly still carries out %s %s under this key.", method, path)
            time.sleep(min(wait(response.headers) or 1, _LONGEST_PAUSE))
            response = self._keyed(method, path, body, key)
            if not _is_running(response):
                break
        return response

    def _once(
        self, method: str, path: str, body: Mapping[str, Any] | None, headers: dict[str, str]
    ) -> httpx.Response:
        self._limit.try_acquire(self._title)
        content = None if body is None else exact.dumps(body).encode()
        if content is not None:
            headers["Content-Type"] = "application/json"
        try:
            return self._client.request(method, path, content=content, headers=headers)
        except (httpx.TransportError, httpx.DecodingError) as cause:
            # The cause's class says enough; its text could repeat parts of the request.
            words = f"{self._title}: {method} {path} broke off ({type(cause).__name__})."
            raise (Transient if isinstance(cause, _NEVER_LEFT) else OutcomeUnknown)(words) from None


def _is_running(response: httpx.Response) -> bool:
    return response.status_code == 409 and response.headers.get("recurly-should-retry", "").lower() == "true"


def _parsed(response: httpx.Response) -> dict[str, Any]:
    if response.is_success and not response.content:
        return {}
    try:
        body = exact.loads(response.content)
    except ValueError:
        body = None
    if not response.is_success or not isinstance(body, dict):
        raise OutcomeUnknown(f"Recurly: HTTP {response.status_code}, with an answer that cannot be read.")
    return body
