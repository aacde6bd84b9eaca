"""WooCommerce's REST API for one shop: raw JSON by httpx, at a pace that a small host can bear."""

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from billing.errors import NotFound, Refused
from billing.settings_model import WoocommerceAccount
from gateways.http import JsonReader, Params, limiter
from gateways.woocommerce.errors import from_reading, from_redirect, read_json

PAGE_SIZE = 100  # the most that WooCommerce gives
CONNECTIONS = 4  # a shop's host has few workers, and its customers need them
_API = "/wp-json/wc/v3"


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
        secret = account.consumer_secret.get_secret_value()
        key = b64encode(f"{account.consumer_key}:{secret}".encode()).decode()
        self._reader = JsonReader(
            title=f"WooCommerce shop {account.account}",
            base_url=account.base_url,
            headers={"Authorization": f"Basic {key}", "Accept": "application/json"},
            limit=limiter(f"{account.base_url} {account.account}", account.requests_per_second),
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


def connect(account: WoocommerceAccount) -> WooApi:
    """Return the client of one shop; nothing is sent yet."""
    return WooApi(account)
