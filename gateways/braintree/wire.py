"""How the SDK's requests travel: one HTTP client, a rate limit, bounded repeats of reads, errors in our words.

The SDK builds and signs each request and reads its answer; its own transport would drop the headers (Retry-After)
and can neither wait nor say what broke.

                        reading            writing
no connection made      Transient          Transient (nothing left the house)
broken off, time-out    Transient          OutcomeUnknown
408, 5xx                Transient          OutcomeUnknown
429                     Transient          Transient (Braintree did not begin)
401, 403                BadCredential      BadCredential
404                     NotFound           NotFound
426, other 4xx          Refused            Refused
422                     left to the caller: its body says which field
a page of HTML          as 5xx; with 4xx Refused: no object is gone because of it
"""

import threading
from typing import Any

import httpx
import stamina
from braintree.environment import Environment
from braintree.util.http import Http

from billing.errors import BadCredential, BillhouseError, NotFound, OutcomeUnknown, Refused, Transient
from billing.settings_model import BraintreeAccount
from gateways.braintree.xmljson import BrokenXml, document
from gateways.http import from_page, is_page, limiter, retry_after, wait_as_told

_READS = ("/advanced_search", "/advanced_search_ids", "/settlement_batch_summary")


class Place(Environment):  # type: ignore[misc] # the SDK has no types
    """An address, with a path before /merchants if need be: the SDK's own environments know a host and a port."""

    def __init__(self, base_url: str) -> None:
        scheme, _, rest = base_url.rstrip("/").partition("://")
        super().__init__("place", rest, "", "", scheme == "https", None)
        self._scheme, self._rest = f"{scheme}://", rest

    @property
    def protocol(self) -> str:
        """The scheme, which the SDK would guess from the port."""
        return self._scheme

    @property
    def server_and_port(self) -> str:
        """Everything of the address after the scheme."""
        return self._rest


class Wire(Http):  # type: ignore[misc] # the SDK has no types
    """The SDK's HTTP strategy for one account; `heard` is the last answer of the calling thread, verbatim."""

    def __init__(self, config: Any, environment: Any, account: BraintreeAccount, patience: float) -> None:
        super().__init__(config, environment)
        self._title = f"Braintree account {account.account}"
        self._limit = limiter(f"{account.base_url} {account.account}", account.requests_per_second)
        self._patience = patience
        self._last = threading.local()
        self._client = httpx.Client(
            timeout=httpx.Timeout(min(60.0, patience), connect=min(10.0, patience)),
            limits=httpx.Limits(max_connections=16, max_keepalive_connections=16),
        )

    @property
    def heard(self) -> str:
        """The body of the last answer that the calling thread received."""
        return str(self._last.text)

    def forget(self) -> None:
        """Forget the calling thread's last answer, so that `heard` is the next one's or nothing."""
        self._last.text = ""

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def http_do(
        self, http_verb: str, path: str, headers: dict[str, Any], request_body: str
    ) -> tuple[int, str]:
        """Carry out one request of the SDK; reads are repeated while patience lasts.

        Raises:
            BillhouseError: see the table above.
        """
        is_read = http_verb == "GET" or path.partition("?")[0].endswith(_READS)
        if not is_read:
            return self._once(http_verb, path, headers, request_body, is_read=False)
        for attempt in stamina.retry_context(
            on=wait_as_told,
            attempts=8,
            timeout=self._patience,
            wait_initial=0.2,
            wait_max=15.0,
            wait_jitter=0.5,
        ):
            with attempt:
                return self._once(http_verb, path, headers, request_body, is_read=True)
        raise AssertionError("stamina returns or raises")

    def _once(
        self, verb: str, url: str, headers: dict[str, Any], body: str, *, is_read: bool
    ) -> tuple[int, str]:
        what = f"{self._title}: {verb} /{url.partition('/merchants/')[2].partition('/')[2]}"
        self._limit.try_acquire(self._title)
        try:
            answer = self._client.request(verb, url, headers=headers, content=body.encode())
            text = answer.content.decode()
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as cause:
            raise Transient(f"{what} found no connection ({type(cause).__name__}).") from None
        except (httpx.TransportError, httpx.DecodingError, UnicodeDecodeError) as cause:
            # The cause's class says enough; its text could repeat parts of the request.
            raise _unclear(f"{what} broke off ({type(cause).__name__}).", is_read=is_read) from None
        if is_page(answer):
            raise _not_theirs(what, answer, is_read=is_read)
        if answer.status_code >= 400 and answer.status_code != 422:
            raise _refusal(what, answer, is_read=is_read)
        if is_read or text.strip():  # some writes are answered with nothing
            try:
                document(text)
            except BrokenXml:
                raise _unclear(f"{what} answered with something that is not XML.", is_read=is_read) from None
        self._last.text = text
        return answer.status_code, text


def _refusal(what: str, answer: httpx.Response, *, is_read: bool) -> BillhouseError:
    status = answer.status_code
    if status == 429:
        return Transient(f"{what}: too many requests (HTTP 429).", retry_after(answer.headers))
    if status == 408 or status >= 500:
        return _unclear(
            f"{what}: no answer worth the name (HTTP {status}).",
            is_read=is_read,
            after=retry_after(answer.headers),
        )
    if status == 401:
        return BadCredential(f"{what}: the keys are not accepted (HTTP 401).", "authentication")
    if status == 403:
        return BadCredential(f"{what}: the keys' user lacks the permission (HTTP 403).", "authorization")
    if status == 404:
        return NotFound(f"{what}: there is no such thing (HTTP 404).")
    return Refused(f"{what}: refused (HTTP {status}).", str(status))


def _not_theirs(what: str, answer: httpx.Response, *, is_read: bool) -> BillhouseError:
    """Translate a page of HTML, with whatever status."""
    if answer.status_code < 400:
        return _unclear(f"{what} answered with a page of HTML in place of XML.", is_read=is_read)
    error = from_page(what, answer)
    is_begun = isinstance(error, Transient) and answer.status_code != 429
    return OutcomeUnknown(str(error)) if is_begun and not is_read else error


def _unclear(text: str, *, is_read: bool, after: int | None = None) -> BillhouseError:
    return Transient(text, after) if is_read else OutcomeUnknown(text)
