"""A warehouse for one Recurly site, its raw rows, and the site itself to change things at."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import httpx
import orjson
import psycopg
from pydantic import SecretStr
from sqlalchemy import make_url

from billing.settings_model import Gateways, RecurlyAccount, Settings, Warehouse
from gateways.recurly import exact
from gateways.recurly.api import RecurlyApi
from tests.conftest import Sandbox
from tests.pipelines.conftest import COMPANY

LISTS = ("accounts", "plans", "coupons", "subscriptions", "invoices", "transactions", "credit_payments")


@dataclass
class House:
    """One site and one warehouse."""

    settings: Settings
    account: RecurlyAccount
    connect: Callable[[], Any]
    url: str

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with self.connect() as connection:
            return list(connection.execute(sql).fetchall())

    def stored(self, table: str) -> dict[str, str]:
        """Living rows of a raw table: id -> JSON; none may be there twice."""
        rows = self.rows(f"select id, data from raw_recurly.{table} where not is_deleted")
        assert len(rows) == len({id for id, _ in rows})
        return dict(rows)

    def raw(self, table: str, id: str) -> dict[str, Any]:
        found: dict[str, Any] = orjson.loads(self.stored(table)[id])
        return found

    def send(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        answer = httpx.request(
            method, f"{self.url}/recurly{path}", json=body or {}, auth=("recurly_sandbox_key", ""),
            headers={"accept": "application/vnd.recurly.v2021-02-25"}, timeout=30,
        )  # fmt: skip
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    def every(self, table: str, **params: str) -> list[dict[str, Any]]:
        """Everything that the site lists, amounts exact."""
        api = RecurlyApi(self.account)
        return [thing for page in api.pages(f"/{table}", params) for thing in page]


def account_of(sandbox: Sandbox) -> RecurlyAccount:
    return RecurlyAccount(
        account="recurly_main", title="Recurly", api_key=SecretStr("recurly_sandbox_key"),
        base_url=f"{sandbox.url}/recurly", requests_per_second=200,
    )  # fmt: skip


def duckdb_house(folder: Path, sandbox: Sandbox) -> House:
    account = account_of(sandbox)
    settings = Settings(
        company=COMPANY, warehouse=Warehouse(dir=folder / "warehouse"), gateways=Gateways(recurly=[account]),
        var=folder / "var",
    )  # fmt: skip
    file = folder / "warehouse" / "raw.duckdb"
    return House(settings, account, lambda: duckdb.connect(str(file), read_only=True), sandbox.url)


def postgres_house(folder: Path, sandbox: Sandbox, url: str) -> House:
    account, place = account_of(sandbox), make_url(url)
    warehouse = Warehouse(
        engine="postgres", dir=folder / "warehouse", host=str(place.host or place.query["host"]),
        port=place.port or 5432, user=place.username or "postgres", dbname=place.database or "postgres",
    )  # fmt: skip
    settings = Settings(
        company=COMPANY, warehouse=warehouse, gateways=Gateways(recurly=[account]), var=folder / "var"
    )
    return House(settings, account, lambda: psycopg.connect(url), sandbox.url)


def assert_equal_to_recurly(house: House) -> None:
    """Each row is, number for number, what the site lists (an invoice holds all of its lines besides)."""
    for table in LISTS:
        stored = {id: exact.loads(data) for id, data in house.stored(table).items()}
        listed = {thing["id"]: thing for thing in house.every(table)}
        for invoice in listed.values() if table == "invoices" else ():
            if invoice["has_more_line_items"]:
                rest = house.every(f"invoices/{invoice['id']}/line_items")
                assert len(stored[invoice["id"]]["line_items"]) == len(rest)
                invoice |= {"line_items": stored[invoice["id"]]["line_items"], "has_more_line_items": False}
        assert stored == listed, table
