"""From the emulated merchant to the marts: the ledger's sums, the settlement batches beside them, our words."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pytest
from sqlalchemy import make_url

from billing.store import open_store
from pipelines.braintree import load
from pipelines.build import build
from pipelines.due import due
from pipelines.operations import copy_store
from tests import prebuilt
from tests.conftest import Sandbox, start_sandbox
from tests.pipelines.braintree_house import House, duckdb_house, postgres_house

pytestmark = pytest.mark.slow

Ask = Callable[[str], list[tuple[Any, ...]]]


@pytest.fixture
def merchant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    running = start_sandbox(tmp_path_factory.mktemp("merchant") / "state", "--customers", "30")
    yield running
    running.stop()


@pytest.fixture(params=["duckdb", "postgres"])
def built(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, merchant: Sandbox
) -> Iterator[tuple[House, Ask]]:
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "duckdb":
        prebuilt.begin(request.getfixturevalue("empty_warehouse"), folder / "warehouse")
        house = duckdb_house(folder, merchant)
        yield house, _asked(lambda: _attached(folder / "warehouse" / "marts.duckdb"))
        return
    uri = request.getfixturevalue("postgres_uri")
    with psycopg.connect(uri, autocommit=True) as server:
        server.execute("create database braintree_totals")
    own = make_url(uri).set(database="braintree_totals").render_as_string(hide_password=False)
    yield postgres_house(folder, merchant, own), _asked(lambda: psycopg.connect(own))
    with psycopg.connect(uri, autocommit=True) as server:
        server.execute("drop database braintree_totals with (force)")


def _attached(file: Path) -> Any:
    connection = duckdb.connect()
    connection.execute(f"attach '{file}' as built (read_only)")
    connection.execute("use built")
    return connection


def _asked(connect: Callable[[], Any]) -> Ask:
    def ask(sql: str) -> list[tuple[Any, ...]]:
        with connect() as connection:
            return list(connection.execute(sql).fetchall())

    return ask


def cycle(house: House) -> None:
    load(house.settings, house.account)
    copy_store(house.settings, open_store(f"sqlite:///{house.settings.var}/billhouse.db"))
    wanted = due(house.settings)
    assert wanted is not None
    assert build(house.settings, wanted.select).failed == []


def assert_totals(house: House, ask: Ask) -> None:
    rows = ask(
        "select currency, measure, ours_minor, independent_minor, difference_minor from marts.control_totals"
        " where gateway = 'braintree'"
    )
    ours = {(row[0], row[1]): int(row[2]) for row in rows if row[2]}
    ledger = {
        (row["currency"], row["measure"]): row["minor"]
        for row in house.sandbox.control("ledger")["rows"]
        if row["gateway"] == "braintree" and row["minor"]
    }
    assert ours == ledger
    assert {key for key in ledger if key[1] == "charged"} == {
        ("EUR", "charged"), ("GBP", "charged"), ("JPY", "charged"), ("USD", "charged"),
    }  # fmt: skip
    compared = [row for row in rows if row[1] in ("charged", "refunded") and row[2]]
    assert all(row[3] is not None and row[4] == 0 for row in compared), compared
    assert all(row[4] == 0 for row in rows if row[4] is not None)


def test_totals_are_the_ledgers_and_the_batches(built: tuple[House, Ask]) -> None:
    house, ask = built
    cycle(house)
    assert_totals(house, ask)
    states = {row[0] for row in ask("select distinct status from marts.charges where gateway = 'braintree'")}
    assert states >= {"paid", "authorized", "failed", "voided", "refunded", "partially_refunded", "disputed"}
    plans = dict(
        ask(
            "select status, min(plan_name) from marts.subscriptions where gateway = 'braintree' group by status"
        )
    )
    assert set(plans) >= {"active", "trialing", "past_due", "canceled", "expired"}
    for table in ("charges", "refunds", "subscriptions", "customers", "disputes", "products", "coupons"):
        urls = ask(f"select count(*), count(dashboard_url) from marts.{table} where gateway = 'braintree'")
        assert urls[0][0] == urls[0][1] > 0, table
    ((left,),) = ask(
        "select count(*) from marts.subscriptions where gateway = 'braintree' and customer_ref is null"
    )
    assert left == 0
    said = dict(ask("select charge_id, explanation from marts.charges where gateway = 'braintree'"))
    assert any(text.startswith("Renewal of Pro monthly, ") for text in said.values())
    assert any(text.startswith("First payment for Team yearly, ") for text in said.values())
    maria = ask(
        "select tax_id, address_city from marts.customers"
        " where gateway = 'braintree' and email_key = 'maria@example.com'"
    )
    assert maria == [("PL5252344078", "Gdańsk")]
    unfit = ask("select * from marts.unfit_amounts where object_ref like 'braintree:%'")
    assert unfit == []

    paid = house.oldest()
    house.sdk.transaction.refund(paid["id"], "3" if paid["currency-iso-code"] == "JPY" else "3.00")
    house.pass_days(35)
    cycle(house)
    assert_totals(house, ask)
    ((status,),) = ask(f"select status from marts.charges where charge_id = '{paid['id']}'")
    assert status == "partially_refunded"
