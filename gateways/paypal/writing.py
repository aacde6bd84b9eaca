"""How a write reaches PayPal: once, by httpx, with what its answer means when money may have moved."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import orjson
from pyrate_limiter import Limiter

from billing.errors import OutcomeUnknown, Transient
from gateways.paypal.errors import from_writing
from gateways.paypal.token import TOKENS_AT

_TIMEOUT = httpx.Timeout(60.0, connect=10.0)
_NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


@dataclass(frozen=True, slots=True)
class Written:
    """PayPal's answer to a write."""

    status: int
    """200 where a PayPal-Request-Id was used before: `body` is the object as it is now, not as it was then."""
    body: dict[str, Any]
    """Empty where PayPal answers with nothing (204)."""
    debug_id: str | None
    """PayPal's own id of our request, which its support asks for."""


class Writer:
    """Sends writes of one account; safe to share between threads. It never sends anything a second time."""

    def __init__(self, title: str, base_url: str, limit: Limiter, auth: httpx.Auth) -> None:
        self._title = title
        self._limit = limit
        # Without the header PayPal answers a write with an id and a state alone.
        headers = {"Prefer": "return=representation", "Accept": "application/json"}
        self._client = httpx.Client(base_url=base_url, headers=headers, auth=auth, timeout=_TIMEOUT)

    def post(
        self, path: str, body: Mapping[str, Any], *, request_id: str | None = None, is_form: bool = False
    ) -> Written:
        """POST a body as JSON, or as the part `input` of a form, which evidence needs. MONEY MAY MOVE.

        Args:
            path: such as "/v2/payments/captures/3C6.../refund".
            body: what is asked.
            request_id: the PayPal-Request-Id, where the API keeps such ids.
            is_form: send a form.

        Raises:
            OutcomeUnknown: it may or may not have been carried out; ask, never re-send.
            Transient: PayPal did not begin; the same call may be made again.
            BadCredential: the app is unknown to PayPal or lacks a permission.
            Refused: PayPal said no; `code` is its issue.
        """
        self._limit.try_acquire(self._title)
        raw = orjson.dumps(body)
        sent: dict[str, Any] = (
            {"files": {"input": (None, raw, "application/json")}}
            if is_form
            else {"content": raw, "headers": {"Content-Type": "application/json"}}
        )
        if request_id is not None:
            sent["headers"] = {**sent.get("headers", {}), "PayPal-Request-Id": request_id}
        try:
            response = self._client.post(path, **sent)
        except (httpx.TransportError, httpx.DecodingError) as cause:
            # The cause's class says enough; its text could repeat parts of the request.
            words = f"{self._title}: POST {path} broke off ({type(cause).__name__})."
            raise (Transient if _is_unsent(cause) else OutcomeUnknown)(words) from None
        if response.status_code >= 400:
            raise from_writing(response)
        return Written(response.status_code, _parsed(response), response.headers.get("paypal-debug-id"))

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


def _is_unsent(cause: httpx.RequestError) -> bool:
    """Say whether the write itself never left: no connection, or the token before it could not be had."""
    if isinstance(cause, _NEVER_LEFT):
        return True
    try:
        return cause.request.url.path.endswith(TOKENS_AT)
    except RuntimeError:  # httpx does not know which request it was
        return False


def _parsed(response: httpx.Response) -> dict[str, Any]:
    if not response.content:
        return {}
    try:
        body = orjson.loads(response.content)
    except orjson.JSONDecodeError:
        body = None
    if not isinstance(body, dict):
        raise OutcomeUnknown(f"PayPal: HTTP {response.status_code}, with an answer that cannot be read.")
    return body
