"""Recurly's API for one site, by httpx: its SDKs cannot be pointed at a base URL."""

import logging
import time
from base64 import b64encode
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx

from billing.errors import Transient
from billing.settings_model import RecurlyAccount
from gateways.http import JsonReader, Params, limiter
from gateways.recurly import exact
from gateways.recurly.errors import from_reading, until_reset
from gateways.recurly.manifest import RECURLY
from gateways.recurly.writing import Writer

PAGE_SIZE = 200  # the most that Recurly gives
_SPARED = 10  # one part in so many of the rate limit is left to others who use the same key
_LONGEST_PAUSE = 5.0
_log = logging.getLogger(__name__)


class RecurlyApi:
    """One Recurly site; safe to share between threads. `patience`: seconds that one read may take in all."""

    def __init__(self, account: RecurlyAccount, *, patience: float = 120.0) -> None:
        self.account = account.account
        self.title = account.title
        key = b64encode(f"{account.api_key.get_secret_value()}:".encode()).decode()
        title, headers = (
            f"Recurly site {account.account}",
            {"Authorization": f"Basic {key}", "Accept": f"application/vnd.recurly.{RECURLY.api_version}"},
        )
        limit = limiter(f"{account.base_url} {account.account}", account.requests_per_second)
        self.writer = Writer(title, account.base_url, headers, limit)
        self._reader = JsonReader(
            title=title,
            base_url=account.base_url,
            headers=headers,
            limit=limit,
            translate=from_reading,
            patience=patience,
            parse=exact.loads,
            watch=spare,
        )

    def get(self, path: str, params: Params | None = None) -> dict[str, Any]:
        """Return one object, such as that of "/accounts/h1at4d57xlmy", or one page of a list. Amounts are Decimals.

        Raises:
            NotFound: there is no such object.
            BadCredential: the key is unknown to Recurly or lacks the permission.
            Refused: Recurly says the request is wrong.
            Transient: it could not be read, even after several attempts.
        """
        answer: dict[str, Any] = self._reader.get(path, params)
        return answer

    def pages(self, path: str, params: Params | None = None) -> Iterator[list[dict[str, Any]]]:
        """Yield a list's pages of up to 200 objects in the list's own order.

        Raises:
            BillhouseError: see `get`.
        """
        query: Params = {**(params or {}), "limit": PAGE_SIZE}
        seen: set[str] = set()
        while True:
            page = self.get(path, query)
            yield page["data"]
            following = page.get("next")
            if not page["has_more"] or not following:
                return
            if following in seen:
                raise Transient(f"Recurly site {self.account}: the pages of {path} go round in a circle.")
            seen.add(following)
            path, query = _place(following)

    def check(self) -> str:
        """Try the key and say in words what it opens.

        Raises:
            BillhouseError: the key does not work or Recurly cannot be reached; the text says which.
        """
        site = self.get("/sites")["data"][0]
        return f"Recurly account {self.account}: the key opens the site {site['subdomain']} ({site['mode']})."

    def close(self) -> None:
        """Close the connections."""
        self._reader.close()
        self.writer.close()


def connect(account: RecurlyAccount) -> RecurlyApi:
    """Return the client of one account; nothing is sent yet."""
    return RecurlyApi(account)


def spare(response: httpx.Response) -> None:
    """Slow down when the rate limit's window is nearly used up: spread what is left over what remains of it."""
    left, limit = (response.headers.get(f"x-ratelimit-{word}", "") for word in ("remaining", "limit"))
    if not (left.isdigit() and limit.isdigit()) or response.status_code == 429:
        return
    if int(left) * _SPARED < int(limit):
        pause = min(_LONGEST_PAUSE, (until_reset(response.headers) or 0) / (int(left) + 1))
        _log.info("Recurly allows %s more requests in this window; waiting %.1f s.", left, pause)
        time.sleep(pause)


def _place(following: str) -> tuple[str, dict[str, str]]:
    """Split `next`, a path or a whole URL: only its path and query count, so no answer leads to another host."""
    parts = urlsplit(following)
    return parts.path, dict(parse_qsl(parts.query))
