"""Settings for a warehouse of its own per test, and questions to its raw tables."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pytest
from pydantic import SecretStr
from sqlalchemy import make_url

from billing.settings_documents import LegalEntity
from billing.settings_model import Gateways, Settings, StripeAccount, Warehouse
from tests.conftest import Sandbox

COMPANY = LegalEntity(name="Lampa", address=["Lindenallee 1"], country="DE", email="billing@example.com")


@dataclass
class Raw:
    """A warehouse under test: its settings, its account, and its raw tables."""

    settings: Settings
    account: StripeAccount
    connect: Callable[[], Any]

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Return what a query over the schema raw_stripe gives."""
        with self.connect() as connection:
            return list(connection.execute(sql).fetchall())

    def one(self, sql: str) -> Any:
        """Return a query's single value."""
        ((value,),) = self.rows(sql)
        return value

    def count(self, table: str) -> int:
        """Count an account's living rows, making sure that none is there twice."""
        where = f"from raw_stripe.{table} where account = '{self.account.account}'"
        every, distinct = self.rows(f"select count(*), count(distinct id) {where}")[0]
        assert every == distinct, f"{table} has rows twice"
        return int(self.one(f"select count(*) {where} and not is_deleted"))

    def counts(self, like: dict[str, int]) -> dict[str, int]:
        """Count the tables that the sandbox counts too."""
        return {table: self.count(table) for table in like}


def stripe_account(sandbox: Sandbox, name: str = "stripe_eu", per_second: int = 90) -> StripeAccount:
    """Return the settings of one of the sandbox's accounts."""
    return StripeAccount(
        account=name,
        title=name,
        secret_key=SecretStr(f"sk_test_sandbox_{name.removeprefix('stripe_')}"),
        base_url=f"{sandbox.url}/stripe",
        requests_per_second=per_second,
    )


def duckdb_raw(folder: Path, account: StripeAccount) -> Raw:
    """Return a DuckDB warehouse in a folder."""
    settings = Settings(
        company=COMPANY,
        warehouse=Warehouse(dir=folder / "warehouse"),
        gateways=Gateways(stripe=[account]),
        var=folder / "var",
    )
    return Raw(
        settings, account, lambda: duckdb.connect(str(folder / "warehouse" / "raw.duckdb"), read_only=True)
    )


def postgres_raw(folder: Path, account: StripeAccount, url: str) -> Raw:
    """Return a warehouse in a PostgreSQL database."""
    place = make_url(url)
    settings = Settings(
        company=COMPANY,
        warehouse=Warehouse(
            engine="postgres",
            dir=folder / "warehouse",
            host=str(place.host or place.query["host"]),
            port=place.port or 5432,
            user=place.username or "postgres",
            dbname=place.database or "postgres",
        ),
        gateways=Gateways(stripe=[account]),
        var=folder / "var",
    )
    return Raw(settings, account, lambda: psycopg.connect(url))


@pytest.fixture(params=["duckdb", "postgres"])
def make_raw(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[StripeAccount], Raw]:
    """A factory of warehouses, run once on each engine."""
    if request.param == "duckdb":
        return lambda account: duckdb_raw(tmp_path, account)
    url = request.getfixturevalue("postgres_url")
    return lambda account: postgres_raw(tmp_path, account, url)


def ledger_counts(sandbox: Sandbox, account: str = "stripe_eu") -> dict[str, int]:
    """Return how many objects of each kind the sandbox says there are, for the tables that we have."""
    from pipelines.stripe.objects import LISTED

    found: dict[str, int] = sandbox.control("ledger")["counts"][account]
    return {resource.table: found[resource.table] for resource in LISTED if resource.table in found}
