"""Stripe's errors in our words. What an error means depends on whether money may have moved.

                        reading            writing
connection, time-out    Transient          OutcomeUnknown
5xx                     Transient          OutcomeUnknown
429                     Transient          Transient (Stripe did not begin)
409 (key in use)        Transient          OutcomeUnknown (the first request still runs)
401, 403                BadCredential      BadCredential
404                     NotFound           Refused
other 4xx               Refused(code)      Refused(code)
a page of HTML          by its status, but no object is gone because of it
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx
import orjson
import stripe

from billing.errors import BadCredential, BillhouseError, NotFound, OutcomeUnknown, Refused, Transient
from gateways.http import from_page, is_page, retry_after

_KEY = re.compile(r"\b(?:sk|rk|pk|whsec)_[\w*]+")


def from_reading(response: httpx.Response) -> BillhouseError:
    """Translate an answer of 400 and above to a GET."""
    if is_page(response):
        return from_page("Stripe", response)
    try:
        body = orjson.loads(response.content)
    except orjson.JSONDecodeError:
        body = {}
    error = body.get("error", {}) if isinstance(body, dict) else {}
    status = response.status_code
    if status in (409, 429) or status >= 500:
        return Transient(_say(status, error), retry_after(response.headers))
    if status == 404:
        return NotFound(_say(status, error))
    return _refusal(status, error)


@contextmanager
def writing() -> Iterator[None]:
    """Translate what the SDK raises around one write.

    Raises:
        OutcomeUnknown: the request may have been carried out; ask, never re-send.
        Transient: Stripe did not begin (rate limit); the same call may be made again.
        BadCredential: the key is unknown to Stripe or lacks a permission.
        Refused: Stripe said no; `code` is its word.
    """
    try:
        yield
    except stripe.StripeError as cause:
        raise _from_writing(cause) from None  # the SDK's error carries the whole answer and its headers


def _from_writing(cause: stripe.StripeError) -> BillhouseError:
    body = cause.json_body if isinstance(cause.json_body, dict) else {}
    error = body.get("error") or {"message": cause.user_message or type(cause).__name__}
    status = cause.http_status
    if status == 429:
        return Transient(_say(status, error), retry_after(_lower(cause.headers or {})))
    if status is None and isinstance(cause, stripe.AuthenticationError):
        return BadCredential(_say(401, error))
    if status is None or status < 400 or status >= 500 or status == 409:
        return OutcomeUnknown(f"Stripe gave no clear answer ({_say(status, error)})")
    return _refusal(status, error)


def _refusal(status: int, error: Mapping[str, Any]) -> Refused:
    code = error.get("code") or error.get("type")
    if status in (401, 403):
        return BadCredential(_say(status, error), code)
    return Refused(_say(status, error), code)


def _say(status: int | None, error: Mapping[str, Any]) -> str:
    """Put an error in one sentence, with anything that looks like a key taken out."""
    message = str(error.get("message") or "no explanation given").rstrip(".")
    code = error.get("decline_code") or error.get("code") or error.get("type")
    where = ", ".join(part for part in (f"HTTP {status}" if status else "", str(code or "")) if part)
    return _KEY.sub("[key]", f"Stripe: {message}{f' ({where})' if where else ''}.")


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
