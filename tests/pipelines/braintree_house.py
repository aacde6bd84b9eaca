"""A warehouse for one Braintree merchant, its raw rows, and the merchant itself to change things at."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import braintree
import duckdb
import orjson
import psycopg
from sqlalchemy import make_url

from billing.settings_model import BraintreeAccount, Gateways, Settings, Warehouse
from gateways.braintree.api import BraintreeApi
from tests.conftest import Sandbox
from tests.pipelines.conftest import COMPANY
from tests.sandbox.braintree_desk import braintree_account


@dataclass
class House:
    """One merchant and one warehouse."""

    settings: Settings
    account: BraintreeAccount
    connect: Callable[[], Any]
    sandbox: Sandbox

    @property
    def api(self) -> BraintreeApi:
        return BraintreeApi(self.account)

    @property
    def sdk(self) -> braintree.BraintreeGateway:
        return self.api.gateway

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with self.connect() as connection:
            return list(connection.execute(sql).fetchall())

    def stored(self, table: str, *, is_deleted: bool = False) -> dict[str, Any]:
        """Rows of a raw table: id -> object; none may be there twice."""
        rows = self.rows(f"select id, data from raw_braintree.{table} where is_deleted = {is_deleted}")
        assert len(rows) == len({id for id, _ in rows}), f"{table} has rows twice"
        return {id: orjson.loads(data) for id, data in rows}

    def counts(self) -> dict[str, int]:
        found: dict[str, int] = self.sandbox.control("ledger")["counts"]["braintree_main"]
        return found

    def act(self, deed: str, **args: Any) -> Any:
        return self.sandbox.control("act", vendor="braintree", deed=deed, **args)

    def pass_days(self, days: int) -> None:
        self.sandbox.control("clock", advance_days=days)

    def oldest(self, status: str = "settled", type: str = "sale") -> dict[str, Any]:
        """Return the oldest stored transaction in a state that has neither refund nor dispute."""
        found = sorted(self.stored("transactions").values(), key=lambda one: one["created-at"])
        return next(
            one for one in found
            if (one["status"], one["type"]) == (status, type) and not one["refund-ids"] and not one["disputes"]
        )  # fmt: skip


def duckdb_house(folder: Path, sandbox: Sandbox) -> House:
    account = braintree_account(sandbox.url)
    settings = Settings(
        company=COMPANY, warehouse=Warehouse(dir=folder / "warehouse"), gateways=Gateways(braintree=[account]),
        var=folder / "var",
    )  # fmt: skip
    file = folder / "warehouse" / "raw.duckdb"
    return House(settings, account, lambda: duckdb.connect(str(file), read_only=True), sandbox)


def postgres_house(folder: Path, sandbox: Sandbox, url: str) -> House:
    account, place = braintree_account(sandbox.url), make_url(url)
    warehouse = Warehouse(
        engine="postgres", dir=folder / "warehouse", host=str(place.host or place.query["host"]),
        port=place.port or 5432, user=place.username or "postgres", dbname=place.database or "postgres",
    )  # fmt: skip
    settings = Settings(
        company=COMPANY, warehouse=warehouse, gateways=Gateways(braintree=[account]), var=folder / "var"
    )
    return House(settings, account, lambda: psycopg.connect(url), sandbox)


def assert_equal_to_braintree(house: House) -> None:
    """Each row is what Braintree answers for its id; nothing is missing, nothing is left over."""
    api = house.api
    for kind, table in (
        ("transaction", "transactions"),
        ("customer", "customers"),
        ("subscription", "subscriptions"),
    ):
        ids = api.search_ids(kind)
        listed = [one for n in range(0, len(ids), 50) for one in api.search(kind, ids[n : n + 50])]
        assert house.stored(table) == {one["id"]: one for one in listed}, table
    quarrels = [
        one for page in api.disputes(braintree.DisputeSearch.status.in_list(DISPUTED)) for one in page
    ]
    assert house.stored("disputes") == {one["id"]: one for one in quarrels}
    for table in ("plans", "discounts", "add_ons"):
        assert house.stored(table) == {one["id"]: one for one in api.every(table)}
    assert house.stored("merchant_accounts") == {one["id"]: one for one in api.merchant_accounts()}


DISPUTED = ["open", "disputed", "under_review", "won", "lost", "accepted", "expired"]
