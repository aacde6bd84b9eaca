"""WooCommerce's REST API for one shop: raw JSON by httpx, at a pace that a small host can bear."""

from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import httpx

from billing.errors import NotFound, OutcomeUnknown, Refused, Transient
from billing.settings_model import WoocommerceAccount
from gateways.http import JsonReader, Params, limiter
from gateways.woocommerce.errors import from_reading, from_redirect, from_writing, read_json

PAGE_SIZE = 100  # the most that WooCommerce gives
CONNECTIONS = 4  # a shop's host has few workers, and its customers need them
_API = "/wp-json/wc/v3"
_WRITE_TIMEOUT = httpx.Timeout(60.0, connect=10.0)  # a refund waits for the gateway behind the shop's plug-in


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list, with the totals of its headers: objects and pages as of this request."""

    items: list[dict[str, Any]]
    total: int
    pages: int


class WooApi:
    """One shop; safe to share between threads. `patience`: seconds that one read may take in all."""

    def __init__(self, account: WoocommerceAccount, *, patience: float = 120.0) -> None:
        self.account = account.account
        self.title = account.title
        self._base_url = account.base_url
        self._limit = limiter(f"{account.base_url} {account.account}", account.requests_per_second)
        secret = account.consumer_secret.get_secret_value()
        key = b64encode(f"{account.consumer_key}:{secret}".encode()).decode()
        self._headers = {"Authorization": f"Basic {key}", "Accept": "application/json"}
        self._reader = JsonReader(
            title=f"WooCommerce shop {account.account}",
            base_url=account.base_url,
            headers=self._headers,
            limit=self._limit,
            translate=from_reading,
            connections=CONNECTIONS,
            patience=patience,
            parse=read_json,
            watch=from_redirect,
        )

    def get(self, path: str, params: Params | None = None) -> Any:
        """Return what GET `path` below wc/v3 answers, such as that of "/orders/18".

        Raises:
            NotFound: there is no such object.
            BadCredential: the key is unknown to the shop or may not read this.
            Refused: the shop says the request is wrong, or has no such route.
            Transient: it could not be read, even after several attempts.
        """
        return self._reader.get(_API + path, params)

    def page(self, path: str, params: Params | None = None) -> Page:
        """Return one page of a list; `page` and `per_page` are the caller's, the totals the shop's.

        Raises:
            BillhouseError: see `get`; also Refused where the answer is no list.
        """
        items, headers = self._reader.get_with_headers(_API + path, params)
        if not isinstance(items, list):
            raise Refused(f"WooCommerce shop {self.account} answers {path} with something that is no list.")
        total = headers.get("x-wp-total", "")
        if not total.isdigit():
            raise Refused(
                f"WooCommerce shop {self.account} lists {path} without X-WP-Total. A proxy takes the header away."
            )
        return Page(items, int(total), int(headers.get("x-wp-totalpages") or 1))

    def pages(self, path: str, params: Params | None = None) -> Iterator[dict[str, Any]]:
        """Yield every object of a list, page by page.

        Raises:
            BillhouseError: see `page`.
        """
        number = 1
        while True:
            found = self.page(path, {**(params or {}), "per_page": PAGE_SIZE, "page": number})
            yield from found.items
            if number >= found.pages:
                return
            number += 1

    def write(self, method: str, path: str, body: Mapping[str, Any], *, agent: str = "Billhouse") -> Any:
        """Send one POST or PUT below wc/v3, once; nothing is ever repeated here. MONEY MAY MOVE.

        A shop knows no idempotency keys: who calls looks first whether it was done already.

        Args:
            method: "POST" or "PUT".
            path: such as "/orders/18/refunds".
            body: JSON; amounts are texts.
            agent: what the shop notes as the program that asked.

        Returns:
            The shop's answer; None where it has no body.

        Raises:
            OutcomeUnknown: it may or may not have been carried out; ask, never re-send.
            Transient: it did not reach the shop, or was not let in; the same call may be made again.
            BadCredential: the key is unknown to the shop or may not write this.
            Refused: the shop said no; `code` is its word.
        """
        self._limit.try_acquire(self.account)
        try:
            response = self._writer.request(method, _API + path, json=body, headers={"User-Agent": agent})
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as cause:
            raise Transient(f"The shop {self.account} was not reached ({type(cause).__name__}).") from None
        except (httpx.TransportError, httpx.DecodingError) as cause:
            words = f"{method} {path} at the shop {self.account} broke off ({type(cause).__name__})."
            raise OutcomeUnknown(words) from None
        from_redirect(response)
        if response.status_code >= 400:
            raise from_writing(response)
        if not response.content:
            return None
        try:
            return read_json(response.content)
        except ValueError:
            raise OutcomeUnknown(
                f"{method} {path} at the shop {self.account} answered with broken JSON."
            ) from None

    @cached_property
    def _writer(self) -> httpx.Client:
        # A kept connection that the host has just closed would leave the outcome unknown for nothing.
        limits = httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=0)
        return httpx.Client(
            base_url=self._base_url, headers=self._headers, timeout=_WRITE_TIMEOUT, limits=limits
        )

    def site(self) -> dict[str, Any]:
        """Return what the shop tells of itself: name, home, time zone.

        Raises:
            BillhouseError: see `get`.
        """
        fields = "name,url,home,gmt_offset,timezone_string"
        found: dict[str, Any] = self._reader.get("/wp-json/", {"_fields": fields})
        return found

    def currency(self) -> dict[str, Any]:
        """Return the shop's own currency, {"code": "EUR" ...}; orders carry theirs.

        Raises:
            BillhouseError: see `get`.
        """
        found: dict[str, Any] = self.get("/data/currencies/current")
        return found

    def has_subscriptions(self) -> bool:
        """Say whether the plugin WooCommerce Subscriptions answers.

        Raises:
            BillhouseError: see `get`.
        """
        try:
            self.page("/subscriptions", {"per_page": 1, "_fields": "id"})
        except (Refused, NotFound) as refusal:
            if isinstance(refusal, Refused) and refusal.code == "rest_no_route":
                return False
            raise
        return True

    def sleeping_webhooks(self) -> Iterator[str]:
        """Yield a sentence for each of our webhooks that the shop no longer sends.

        After five failures in a row a shop disables a webhook for good and tells nobody.

        Raises:
            BillhouseError: see `get`.
        """
        ours = f"/webhooks/woocommerce/{self.account}"
        for hook in self.page("/webhooks", {"per_page": PAGE_SIZE, "status": "all"}).items:
            if hook.get("status") == "active" or not str(hook.get("delivery_url", "")).rstrip("/").endswith(
                ours
            ):
                continue
            why = (
                "the shop gave it up after five failures in a row"
                if hook.get("status") == "disabled"
                else "somebody paused it"
            )
            yield (
                f"WooCommerce shop {self.account}: webhook {hook.get('id')} ({hook.get('topic')}) is "
                f"{hook.get('status')}, because {why}. Changes arrive with the next load only. Set it to active "
                "under WooCommerce, Settings, Advanced, Webhooks."
            )

    def check(self) -> str:
        """Try the key and say in words what it opens, and which webhooks the shop has given up.

        Raises:
            BillhouseError: the key does not work or the shop cannot be reached; the text says which.
        """
        site, currency = self.site(), self.currency()
        orders = self.page("/orders", {"per_page": 1, "_fields": "id"}).total
        plugin = "" if self.has_subscriptions() else " WooCommerce Subscriptions is not there."
        found = (
            f"WooCommerce shop {self.account}: the key opens {site.get('name') or site.get('home')} "
            f"({currency.get('code')}, {orders} orders).{plugin}"
        )
        return " ".join([found, *self.sleeping_webhooks()])

    def close(self) -> None:
        """Close the connections."""
        self._reader.close()
        if "_writer" in self.__dict__:
            self._writer.close()


def connect(account: WoocommerceAccount) -> WooApi:
    """Return the client of one shop; nothing is sent yet."""
    return WooApi(account)
