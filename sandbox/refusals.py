"""Refusals in each vendor's own words, and the pages of HTML that proxies send in a vendor's place."""

import json
import time
from collections.abc import Mapping
from typing import Any

Answer = tuple[list[tuple[bytes, bytes]], bytes]
"""Headers and body."""

_WOO_FAILED = "<p>There has been a critical error on this website.</p>"
_WORDS: Mapping[str, Mapping[int, Any]] = {
    "stripe": {
        401: {"error": {"type": "invalid_request_error", "code": "api_key_expired",
                        "message": "Expired API Key provided: sk_test_********_key"}},
        429: {"error": {"type": "invalid_request_error", "code": "rate_limit",
                        "message": "Request rate limit exceeded."}},
        500: {"error": {"type": "api_error", "message": "An error occurred while processing this request."}},
    },
    "paypal": {
        401: {"error": "invalid_token", "error_description": "Token signature verification failed"},
        429: {"name": "RATE_LIMIT_REACHED", "debug_id": "90957fca61718", "links": [],
              "message": "Too many requests. Blocked due to rate limiting."},
        500: {"name": "INTERNAL_SERVICE_ERROR", "debug_id": "90957fca61718", "links": [],
              "message": "An internal service error has occurred."},
    },
    "recurly": {
        401: {"error": {"type": "unauthorized", "message": "Unauthorized: the API key is invalid", "params": []}},
        429: {"error": {"type": "rate_limited", "message": "You have made too many API requests", "params": []}},
        500: {"error": {"type": "internal_server_error", "message": "An unexpected error occurred", "params": []}},
    },
    "woocommerce": {
        401: {"code": "woocommerce_rest_authentication_error", "message": "Consumer key is invalid.",
              "data": {"status": 401}},
        500: {"code": "internal_server_error", "message": _WOO_FAILED, "data": {"status": 500}},
    },
    "zendesk": {
        401: {"error": "Couldn't authenticate you"},
        429: {"error": "APIRateLimitExceeded",
              "description": "Number of allowed API requests per minute exceeded"},
        500: {"error": "InternalError", "description": "An internal error occurred"},
    },
}  # fmt: skip
_ANYBODY: Mapping[int, Any] = {
    401: {"error": "unauthorized"},
    429: {"error": "too_many_requests"},
    500: {"error": "server_error"},
}
# A page as proxies and hosts send it; the JSON inside is none of the vendor's.
_PAGE = """<!DOCTYPE html>
<html><head><meta charset="utf-8"><title>{title}</title></head>
<body><h1>{title}</h1><script type="application/json">{{"data": [], "has_more": false}}</script></body></html>
"""


def refusal(path: str, status: int, retry_after: float = 1.0, *, is_told: bool = True) -> Answer:
    """Return headers and body of a 401, 429 or 500 in the words of the vendor that `path` belongs to.

    `retry_after` is in seconds. PayPal, Braintree and a shop's host promise no word on when to come back: they tell
    more than a second only, and where `is_told` is false nobody tells.
    """
    vendor = path.strip("/").partition("/")[0]
    if vendor == "woocommerce" and status == 429:  # a shop itself limits nothing: its host's firewall does
        headers, body = page(429, "429 Too Many Requests")
    elif vendor == "braintree":  # its errors of this kind have no body worth reading
        headers, body = _sized(b"application/xml", b"")
    else:
        words = _WORDS.get(vendor, _ANYBODY)[status]
        if path.endswith("/oauth2/token") and status == 401:
            words = {"error": "invalid_client", "error_description": "Client Authentication failed"}
        headers, body = _sized(b"application/json", json.dumps(words).encode())
    if status == 429:
        headers += _when(vendor, retry_after, is_told=is_told)
    return headers, body


def page(status: int, title: str | None = None) -> Answer:
    """Return headers and body of a page of HTML, such as a maintenance page with 200 or a proxy's with 502."""
    words = title or {200: "Scheduled maintenance", 502: "502 Bad Gateway"}[status]
    return _sized(b"text/html; charset=utf-8", _PAGE.format(title=words).encode())


def _when(vendor: str, seconds: float, *, is_told: bool) -> list[tuple[bytes, bytes]]:
    if not is_told or (seconds <= 1 and vendor in ("paypal", "braintree", "woocommerce")):
        return []
    wait = max(1, round(seconds))
    if vendor == "recurly":  # tells when its window is over, not how long to wait
        over = str(int(time.time()) + wait).encode()
        return [(b"x-ratelimit-remaining", b"0"), (b"x-ratelimit-reset", over)]
    return [(b"retry-after", str(wait).encode())]


def _sized(kind: bytes, body: bytes) -> Answer:
    return [(b"content-type", kind), (b"content-length", str(len(body)).encode())], body
