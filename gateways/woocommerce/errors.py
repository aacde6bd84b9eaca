"""WooCommerce's and its hosts' refusals in our words. What they mean depends on what may have happened.

                                   reading            writing
no connection came about           Transient          Transient (the shop knows nothing of it)
connection broke, time-out, 408    Transient          OutcomeUnknown
429                                Transient          Transient (the host did not let it in)
5xx with WooCommerce's own code    Transient          Refused(code)
any other 5xx                      Transient          OutcomeUnknown
401, 403                           BadCredential      BadCredential
404                                NotFound           Refused
other 4xx                          Refused(code)      Refused(code)

A refusal is JSON {code, message, data}, where `data` may be an object, a bare number or absent; or it is a page of
HTML from a firewall, a cache or PHP itself. A crash of PHP is JSON too, with the code `internal_server_error`.
"""

import html
import re
from collections.abc import Mapping
from typing import Any

import httpx
import orjson

from billing.errors import BadCredential, BillhouseError, NotFound, OutcomeUnknown, Refused, Transient
from gateways.http import retry_after

_KEY = re.compile(r"\b[cc][ks]_\w+")
_PASSING = (408, 425, 429)
_OWN = "woocommerce_rest_"
# Words of a payment plug-in (or of PHP's cURL below it) that lost its own gateway while it asked for the money.
_BROKE_OFF = re.compile(r"curl error|time[sd]?[ -]?out|connect", re.IGNORECASE)


def from_reading(response: httpx.Response) -> BillhouseError:
    """Translate an answer of 400 and above to a GET."""
    status, error = response.status_code, _error(response.content)
    if status in _PASSING or status >= 500:
        return Transient(_say(status, error), retry_after(response.headers))
    code = str(error.get("code") or "") or None
    if status == 401:
        remedy = " Check the key, and that the host passes the Authorization header on."
        return BadCredential(_say(status, error) + remedy, code)
    if status == 403:
        return BadCredential(_say(status, error), code) if error else Refused(_say(status, error))
    if code == "rest_no_route":
        return Refused(_say(status, error) + " Is the plugin active that offers it?", code)
    if status == 404 and not error:
        remedy = " Is base_url the shop's address, and are its permalinks other than plain?"
        return Refused(_say(status, error) + remedy)
    return NotFound(_say(status, error)) if status == 404 else Refused(_say(status, error), code)


def from_writing(response: httpx.Response) -> BillhouseError:
    """Translate an answer of 400 and above to a POST or PUT.

    WooCommerce refuses refunds with 500: too much, no plug-in that can, or the plug-in's own no. Only where the
    plug-in says that it lost its gateway is it open whether money moved.
    """
    status, error = response.status_code, _error(response.content)
    words = _say(status, error)
    if status == 429:
        return Transient(words, retry_after(response.headers))
    code = str(error.get("code") or "")
    is_own = code.startswith(_OWN) and not _BROKE_OFF.search(str(error.get("message") or ""))
    if status in (408, 425) or (status >= 500 and not is_own):
        return OutcomeUnknown(f"The shop gave no clear answer ({words})")
    if status >= 500:
        return Refused(words, code)
    refusal = from_reading(response)
    return Refused(words, code or None) if isinstance(refusal, NotFound) else refusal


def from_redirect(response: httpx.Response) -> None:
    """Refuse an answer that sends us elsewhere: the key goes to the configured address alone.

    Raises:
        Refused: the shop redirects; the text says where to.
    """
    if 300 <= response.status_code < 400:
        target = httpx.URL(response.headers.get("location", "")).copy_with(query=None)
        raise Refused(f"The shop redirects to {target}. Write the shop's final address in base_url.")


def read_json(body: bytes) -> Any:
    """Parse an answer. PHP's notices may stand before the JSON; they are passed over.

    Raises:
        ValueError: there is no JSON up to the end.
    """
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        if not body.lstrip().startswith(b"<"):
            raise
    for found in re.finditer(rb">\s*([\[{])", body):
        try:
            return orjson.loads(body[found.start(1) :])
        except orjson.JSONDecodeError:
            continue
    raise ValueError("the answer is a page, not JSON")


def _error(body: bytes) -> Mapping[str, Any]:
    """Return the error's fields; nothing for a page or any other shape."""
    try:
        found = read_json(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _say(status: int, error: Mapping[str, Any]) -> str:
    """Put a refusal in one sentence, with anything that looks like a key or a tag taken out."""
    message = html.unescape(re.sub(r"<[^>]*>", "", str(error.get("message") or ""))).strip().rstrip(".")
    if not message:
        message = "the answer is a page of the host, not of the shop's API"
    details = [f"HTTP {status}", str(error.get("code") or ""), *_parameters(error.get("data"))]
    return _KEY.sub("[key]", f"WooCommerce: {message} ({', '.join(part for part in details if part)}).")


def _parameters(data: Any) -> list[str]:
    params = data.get("params") if isinstance(data, dict) else None
    return [str(words) for words in params.values()] if isinstance(params, dict) else []
