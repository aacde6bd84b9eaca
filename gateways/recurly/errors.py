"""Recurly's refusals in our words. What an answer of 400 and above means depends on whether money may have moved.

             reading          writing
401, 403     BadCredential    BadCredential
404          NotFound         Refused
409          Transient        OutcomeUnknown (a request with the same key, or on the same object, still runs)
429          Transient        Transient (Recurly did not begin), with the wait that the headers tell
5xx          Transient        OutcomeUnknown
other 4xx    Refused          Refused; `code` is the transaction's code where a card was declined, else the type.
                              But OutcomeUnknown where the idempotency key belongs to another request
a page of HTML: Transient with 5xx, else Refused when reading; OutcomeUnknown when writing
"""

import re
from collections.abc import Mapping
from typing import Any

import httpx
import orjson

from billing import clock
from billing.errors import BadCredential, BillhouseError, NotFound, OutcomeUnknown, Refused, Transient
from gateways.http import from_page, is_page, retry_after

_LONGEST_WAIT = 60
_MARKUP = re.compile(r"<[^>]*>")


def from_reading(response: httpx.Response) -> BillhouseError:
    """Translate an answer of 400 and above to a GET."""
    if is_page(response):
        return from_page("Recurly", response)
    status, error = response.status_code, _error(response)
    words = _say(status, error)
    if status in (409, 429) or status >= 500:
        return Transient(words, wait(response.headers))
    if status == 404:
        return NotFound(words)
    code = str(error.get("type") or "") or None
    if status in (401, 403):
        return BadCredential(words, code)
    return Refused(words, code)


def from_writing(response: httpx.Response) -> BillhouseError:
    """Translate an answer of 400 and above to a write."""
    status, error = response.status_code, _error(response)
    declined = error.get("transaction_error") or {}
    told = declined.get("message") or _of_params(error) or error.get("message")
    words = _say(status, {**error, "message": told})
    code = str(declined.get("code") or error.get("type") or "") or None
    if status == 429:
        return Transient(words, wait(response.headers))
    if status == 409 or status >= 500 or (status == 400 and "idempotency" in words.lower()):
        # The last: our key was used before with another body, so an effect of this action may exist.
        return OutcomeUnknown(words)
    if status in (401, 403):
        return BadCredential(words, code)
    return Refused(words, code)


def _of_params(error: Mapping[str, Any]) -> str | None:
    """Return what is wrong with which field; the message beside it only repeats it, or says less."""
    params = error.get("params")
    if not isinstance(params, list):
        return None
    told = [one for one in params if isinstance(one, dict) and one.get("param") and one.get("message")]
    return "; ".join(f"{one['param']}: {one['message']}".rstrip(".") for one in told) or None


def wait(headers: Mapping[str, str]) -> int | None:
    """Return the seconds to wait: Retry-After, else until the rate limit's window is over; a minute at most."""
    asked = retry_after(headers)
    if asked is not None:
        return asked
    if headers.get("x-ratelimit-remaining") != "0":
        return None
    return until_reset(headers)


def until_reset(headers: Mapping[str, str]) -> int | None:
    """Return the seconds until X-RateLimit-Reset (Unix seconds), from 1 to 60; None where it is not told."""
    text = headers.get("x-ratelimit-reset", "")
    if not text.isdigit():
        return None
    return max(1, min(int(text) - int(clock.now().timestamp()), _LONGEST_WAIT))


def _error(response: httpx.Response) -> Mapping[str, Any]:
    try:
        body = orjson.loads(response.content)
    except orjson.JSONDecodeError:
        return {}
    error = body.get("error") if isinstance(body, dict) else None
    return error if isinstance(error, dict) else {}


def _say(status: int, error: Mapping[str, Any]) -> str:
    message = _MARKUP.sub("", str(error.get("message") or "no explanation given")).rstrip(".")
    where = ", ".join(part for part in (f"HTTP {status}", str(error.get("type") or "")) if part)
    return f"Recurly: {message} ({where})."
