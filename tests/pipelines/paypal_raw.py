"""A warehouse for PayPal's raw tables, questions to them, and words with the emulated PayPal."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import httpx
import orjson
import psycopg
from pydantic import SecretStr
from sqlalchemy import make_url

from billing.settings_documents import LegalEntity
from billing.settings_model import Gateways, PaypalAccount, Settings, Warehouse
from pipelines.report import LoadReport
from tests.conftest import Sandbox

COMPANY = LegalEntity(name="Lampa", address=["Lindenallee 1"], country="DE", email="billing@example.com")
PATHS = {
    "captures": "/v2/payments/captures",
    "refunds": "/v2/payments/refunds",
    "authorizations": "/v2/payments/authorizations",
    "orders": "/v2/checkout/orders",
    "subscriptions": "/v1/billing/subscriptions",
    "plans": "/v1/billing/plans",
    "products": "/v1/catalogs/products",
    "invoices": "/v2/invoicing/invoices",
    "disputes": "/v1/customer/disputes",
}


@dataclass
class PaypalRaw:
    """A warehouse under test and the emulated PayPal that it is loaded from."""

    sandbox: Sandbox
    settings: Settings
    account: PaypalAccount
    connect: Callable[[], Any]
    token: str = ""
    http: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=30))

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """What a query over the schema raw_paypal gives."""
        with self.connect() as connection:
            return list(connection.execute(sql).fetchall())

    def count(self, table: str) -> int:
        """Count the living rows of a table, making sure that none is there twice."""
        ((every, distinct),) = self.rows(f"select count(*), count(distinct id) from raw_paypal.{table}")
        assert every == distinct, f"{table} has rows twice"
        return int(self.rows(f"select count(*) from raw_paypal.{table} where not is_deleted")[0][0])

    def data(self, table: str, where: str = "true") -> dict[str, dict[str, Any]]:
        """The stored objects of a table by their ids."""
        found = self.rows(f"select id, data from raw_paypal.{table} where {where}")
        return {key: orjson.loads(data) for key, data in found}

    def one(self, table: str, key: str) -> dict[str, Any]:
        """One stored object."""
        return self.data(table, f"id = '{key}'")[key]

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """A request to PayPal past our client; the JSON of its answer."""
        url = f"{self.sandbox.url}/paypal"
        for fresh in (False, True):
            if fresh or not self.token:
                pair = ("paypal_sandbox_client", "paypal_sandbox_secret")
                told = self.http.post(
                    f"{url}/v1/oauth2/token", auth=pair, data={"grant_type": "client_credentials"}
                )
                self.token = told.json()["access_token"]
            answer = self._patiently(method, f"{url}{path}", body)
            if answer.status_code != 401:
                break
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def _patiently(self, method: str, url: str, body: Any) -> httpx.Response:
        """Ask, and ask again where we were quicker than PayPal allows: the test's own eyes have no pace."""
        while True:
            answer = self.http.request(
                method, url, json=body, headers={"authorization": f"Bearer {self.token}"}
            )
            if answer.status_code != 429:
                return answer
            time.sleep(0.3)

    def act(self, **asked: Any) -> dict[str, Any]:
        """A deed of a buyer's, a knob, or an id by its label."""
        found: dict[str, Any] = self.sandbox.control("act", vendor="paypal", **asked)
        return found

    def named(self, label: str) -> str:
        """The id that the company's script knows by a label."""
        return str(self.act(label=label)["id"])

    def expected(self) -> dict[str, int]:
        """How many objects of each kind can be known: an order that nobody approved cannot."""
        counts: dict[str, int] = self.sandbox.control("ledger")["counts"]["paypal_main"]
        return counts | {"orders": counts["orders"] - 1}

    def assert_whole(self) -> None:
        """Everything is there once, and as PayPal says it is now."""
        expected = self.expected()
        assert {table: self.count(table) for table in expected} == expected
        for table, path in PATHS.items():
            for key, data in self.data(table, "not is_deleted").items():
                assert data == self.ask("GET", f"{path}/{key}"), f"{table} {key} is stale"

    def ledger(self, measure: str) -> dict[str, int]:
        """The company's own book: currency -> minor units."""
        rows = self.sandbox.control("ledger")["rows"]
        return {
            row["currency"]: row["minor"]
            for row in rows
            if row["gateway"] == "paypal" and row["measure"] == measure and row["minor"]
        }

    def totals(self) -> dict[str, dict[str, int]]:
        """Charged, refunded, invoiced and disputed from the raw objects, as the ledger counts them."""
        found: dict[str, dict[str, int]] = {"charged": {}, "refunded": {}, "invoiced": {}, "disputed": {}}

        def add(measure: str, amount: dict[str, str]) -> None:
            currency = amount["currency_code"]
            minor = int(Decimal(amount["value"]) * (1 if currency == "JPY" else 100))
            found[measure][currency] = found[measure].get(currency, 0) + minor

        for capture in self.data("captures").values():
            if capture["status"] in ("COMPLETED", "PARTIALLY_REFUNDED", "REFUNDED"):
                add("charged", capture["amount"])
        for line in self.data("transactions").values():
            if line["transaction_info"]["transaction_event_code"] == "T0000":
                add("charged", line["transaction_info"]["transaction_amount"])
        for refund in self.data("refunds").values():
            if refund["status"] in ("COMPLETED", "PENDING"):
                add("refunded", refund["amount"])
        for invoice in self.data("invoices", "not is_deleted").values():
            if invoice["status"] not in ("DRAFT", "CANCELLED"):
                add("invoiced", invoice["amount"])
        for dispute in self.data("disputes").values():
            add("disputed", dispute["dispute_amount"])
        return found

    def assert_totals(self) -> None:
        """Our sums are the ledger's."""
        for measure, totals in self.totals().items():
            assert {key: value for key, value in totals.items() if value} == self.ledger(measure), measure


def paypal_account(sandbox: Sandbox, per_second: int = 150) -> PaypalAccount:
    """The settings of the sandbox's account."""
    return PaypalAccount(
        account="paypal_main",
        title="PayPal",
        client_id="paypal_sandbox_client",
        client_secret=SecretStr("paypal_sandbox_secret"),
        webhook_id="WH-SANDBOX",
        base_url=f"{sandbox.url}/paypal",
        requests_per_second=per_second,
    )


def paypal_raw(folder: Path, sandbox: Sandbox, postgres_url: str | None = None) -> PaypalRaw:
    """A warehouse in a folder, or in a PostgreSQL database."""
    account = paypal_account(sandbox)
    warehouse = Warehouse(dir=folder / "warehouse")
    if postgres_url is not None:
        place = make_url(postgres_url)
        warehouse = Warehouse(
            engine="postgres",
            dir=folder / "warehouse",
            host=str(place.host or place.query["host"]),
            port=place.port or 5432,
            user=place.username or "postgres",
            dbname=place.database or "postgres",
        )
    settings = Settings(
        company=COMPANY, warehouse=warehouse, gateways=Gateways(paypal=[account]), var=folder / "var"
    )
    if postgres_url is not None:
        return PaypalRaw(sandbox, settings, account, lambda: psycopg.connect(postgres_url))
    file = str(folder / "warehouse" / "raw.duckdb")
    return PaypalRaw(sandbox, settings, account, lambda: duckdb.connect(file, read_only=True))


def changed(report: LoadReport) -> dict[str, int]:
    """Table -> rows that were new or different."""
    return {name: table.rows_changed for name, table in report.tables.items() if table.rows_changed}
