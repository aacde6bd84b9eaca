"""WooCommerce put to the test: orders refunded, made and deleted while lists are cut into pages by number."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateways.woocommerce.api import connect
from pipelines.woocommerce import reading
from pipelines.woocommerce.reports import read as read_reports
from tests.conftest import Sandbox
from tests.pipelines.trials.trial import Deed, Tables, Trial
from tests.pipelines.woocommerce_house import shop_of

_API = "eu/wp-json/wc/v3"


class WoocommerceTrial(Trial):
    name = "woocommerce"
    listed = tuple(
        f"{_API}/{path}"
        for path in (
            "orders",
            "customers",
            "products",
            "orders/*/refunds",
            "reports/sales",
            "data/currencies/current",
        )
    )
    followed = tuple(
        f"{_API}/{path}" for path in ("orders", "customers", "reports/sales", "orders/*/refunds")
    )
    feed = f"{_API}/orders"
    page_sizes: Mapping[str, int] = {"pipelines.woocommerce.reading.PAGE_SIZE": 5}
    secret = "cs_sandbox_eu"

    def __init__(self, folder: Path, sandbox: Sandbox) -> None:
        super().__init__(folder, sandbox)
        self._shop = shop_of(sandbox, folder)
        self.settings, self.account = self._shop.settings, self._shop.account

    def change_old(self) -> None:
        # Those refunded least often come first: there are many changes in the same few orders.
        self._refund(min(self._completed(), key=lambda order: (len(order["refunds"]), order["id"])))

    def turns(self) -> Mapping[str, Deed]:
        return {f"{_API}/orders": self._pull_the_pages, f"{_API}/products": self._make_a_product}

    def small_pages(self, patched: pytest.MonkeyPatch, size: int | None = None) -> None:
        super().small_pages(patched, size)
        patched.setitem(reading._BY_ID, "per_page", reading.PAGE_SIZE)

    def told(self, living: Tables) -> Tables:
        tables = ("orders", "subscriptions", "products", "coupons", "taxes", "customers", "refunds")
        reports = {
            row.id: self.parse(row.data or "")
            for _, rows in read_reports(connect(self._shop.account), "Europe/Berlin")
            for row in rows
        }
        # A day ahead that was asked for by a wrong clock stays, with nothing in it.
        return {table: self._shop.listed(table) for table in tables} | {
            "sales_reports": {**living["sales_reports"], **reports}
        }

    def _pull_the_pages(self, _page: httpx.Response) -> None:
        """Delete an order of the page that has come, so that all others move up; change and make some, too."""
        every = sorted(self._shop.listed("orders").values(), key=lambda order: order["id"])
        self._shop.ask("DELETE", f"/orders/{every[1]['id']}", force="true")
        self._shop.ask("PUT", f"/orders/{every[0]['id']}", {"customer_note": "already read"})
        self._shop.ask("PUT", f"/orders/{every[-1]['id']}", {"customer_note": "not read yet"})
        self._refund(self._completed()[-1])
        self._make_an_order()

    def _make_an_order(self) -> None:
        product = min(int(key) for key in self._shop.listed("products"))
        self._shop.ask("POST", "/orders", {"line_items": [{"product_id": product, "quantity": 1}]})

    def _make_a_product(self, _page: httpx.Response) -> None:
        self._shop.ask("POST", "/products", {"name": "Made meanwhile", "regular_price": "5.00"})

    def _completed(self) -> list[dict[str, Any]]:
        orders = sorted(self._shop.listed("orders").values(), key=lambda order: order["id"])
        return [order for order in orders if order["status"] == "completed"]

    def _refund(self, order: dict[str, Any]) -> None:
        self._shop.ask("POST", f"/orders/{order['id']}/refunds", {"amount": "0.10", "api_refund": False})


TRIAL = WoocommerceTrial
