"""A warehouse for one WooCommerce shop, its raw rows, and the shop itself to change things at."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import httpx
import orjson
from pydantic import SecretStr

from billing.settings_model import Gateways, Settings, Warehouse, WoocommerceAccount
from pipelines.report import LoadReport
from pipelines.woocommerce import load
from tests.conftest import Sandbox
from tests.pipelines.conftest import COMPANY


@dataclass
class Shop:
    """One shop and a warehouse of its own."""

    account: WoocommerceAccount
    settings: Settings
    sandbox: Sandbox

    def load(self) -> LoadReport:
        return load(self.settings, self.account)

    def ask(self, method: str, path: str, body: Any = None, **params: Any) -> Any:
        answer = httpx.request(
            method,
            f"{self.account.base_url}/wp-json/wc/v3{path}",
            json=body,
            params=params,
            auth=(self.account.consumer_key, self.account.consumer_secret.get_secret_value()),
        )
        answer.raise_for_status()
        return answer.json()

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.settings.warehouse.dir / "raw.duckdb"), read_only=True) as connection:
            connection.execute("use raw_woocommerce")
            return list(connection.execute(sql).fetchall())

    def stored(self, table: str) -> dict[str, Any]:
        """The living objects of a table by id, none of them twice."""
        found = self.rows(f"select id, data from {table} where not is_deleted")
        things = {key: orjson.loads(data) for key, data in found}
        assert len(things) == len(found)
        return things

    def listed(self, table: str) -> dict[str, Any]:
        """What the shop lists, page by page."""
        found: dict[str, Any] = {}
        for number in range(1, 20):
            page = self.ask("GET", f"/{table}", per_page=100, page=number, orderby="id", order="asc")
            found |= {str(thing["id"]): thing for thing in page}
            if len(page) < 100:
                break
        return found

    def assert_equal(self) -> None:
        """Every object stored is as the shop shows it now, and none is lacking."""
        for table in ("orders", "subscriptions", "products", "coupons", "taxes", "customers", "refunds"):
            assert self.stored(table) == self.listed(table), table
        counted = self.sandbox.control("ledger")["counts"][self.account.account]
        assert {table: len(self.stored(table)) for table in counted} == counted


def shop_of(sandbox: Sandbox, folder: Path, name: str = "eu") -> Shop:
    account = WoocommerceAccount(
        account=f"woo_{name}",
        title=name,
        consumer_key=f"ck_sandbox_{name}",
        consumer_secret=SecretStr(f"cs_sandbox_{name}"),
        base_url=f"{sandbox.url}/woocommerce/{name}",
        requests_per_second=200,
    )
    settings = Settings(
        company=COMPANY,
        warehouse=Warehouse(dir=folder / "warehouse"),
        gateways=Gateways(woocommerce=[account]),
        var=folder / "var",
    )
    return Shop(account, settings, sandbox)
