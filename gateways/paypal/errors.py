"""PayPal's errors in our words. What an answer of 400 and above means depends on whether money may have moved.

             reading          writing
401          BadCredential    BadCredential (the client has already tried a fresh token)
403          BadCredential    BadCredential: the app lacks a permission
404          NotFound         Refused
409          Transient        OutcomeUnknown (PREVIOUS_REQUEST_IN_PROGRESS: the first request still runs)
429          Transient        Transient (PayPal did not begin; it promises no Retry-After)
5xx          Transient        OutcomeUnknown
other 4xx    Refused          Refused; `code` is the first issue, or the error's name
a page of HTML: Transient with 5xx, else Refused when reading; OutcomeUnknown when writing
"""

from collections.abc import Mapping
from typing import Any

import httpx
import orjson

from billing.errors import BadCredential, BillhouseError, NotFound, OutcomeUnknown, Refused, Transient
from gateways.http import from_page, is_page, retry_after


def from_reading(response: httpx.Response) -> BillhouseError:
    """Translate an answer of 400 and above to a GET."""
    if is_page(response):
        return from_page("PayPal", response)
    status, error = response.status_code, _body(response)
    code = _code(error)
    words = _say(status, error, code)
    if status in (409, 429) or status >= 500:
        return Transient(words, retry_after(response.headers))
    if status in (401, 403):
        return BadCredential(words, code)
    if status == 404:
        return NotFound(words)
    return Refused(words, code)


def from_writing(response: httpx.Response) -> BillhouseError:
    """Translate an answer of 400 and above to a write."""
    status, error = response.status_code, _body(response)
    code = _code(error)
    # The issue's description says what is wrong; the message is the same for all issues.
    details = error.get("details")
    told = details[0].get("description") if isinstance(details, list) and details else None
    words = _say(status, {**error, "message": told} if told else error, code)
    if status == 429:
        return Transient(words, retry_after(response.headers))
    if status == 409 or status >= 500:
        return OutcomeUnknown(words)
    if status in (401, 403):
        return BadCredential(words, code)
    return Refused(words, code)


def _body(response: httpx.Response) -> Mapping[str, Any]:
    try:
        body = orjson.loads(response.content)
    except orjson.JSONDecodeError:
        return {}  # a proxy's page in HTML
    return body if isinstance(body, dict) else {}


def _code(error: Mapping[str, Any]) -> str | None:
    details = error.get("details")
    issue = details[0].get("issue") if isinstance(details, list) and details else None
    found = issue or error.get("name") or error.get("error")
    return str(found) if found else None


def _say(status: int, error: Mapping[str, Any], code: str | None) -> str:
    """Put an error in one sentence, with the debug id that PayPal's support asks for."""
    message = error.get("message") or error.get("error_description") or "no explanation given"
    parts = [f"HTTP {status}", code, f"debug id {error['debug_id']}" if error.get("debug_id") else None]
    return f"PayPal: {str(message).rstrip('.')} ({', '.join(part for part in parts if part)})."
