"""PayPal's errors in our words: what an answer of 400 and above to a read means.

401              BadCredential (the client has already tried a fresh token)
403              BadCredential: the app lacks a permission
404              NotFound
409, 429, 5xx    Transient; PayPal promises no Retry-After
other 4xx        Refused; `code` is the first issue, or the error's name
a page of HTML   Transient with 5xx, else Refused: it is not PayPal's word, and no object is gone because of it
"""

from collections.abc import Mapping
from typing import Any

import httpx
import orjson

from billing.errors import BadCredential, BillhouseError, NotFound, Refused, Transient
from gateways.http import from_page, is_page, retry_after


def from_reading(response: httpx.Response) -> BillhouseError:
    """Translate an answer of 400 and above to a GET."""
    if is_page(response):
        return from_page("PayPal", response)
    try:
        body = orjson.loads(response.content)
    except orjson.JSONDecodeError:
        body = {}
    error = body if isinstance(body, dict) else {}
    status = response.status_code
    code = _code(error)
    words = _say(status, error, code)
    if status in (409, 429) or status >= 500:
        return Transient(words, retry_after(response.headers))
    if status in (401, 403):
        return BadCredential(words, code)
    if status == 404:
        return NotFound(words)
    return Refused(words, code)


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
