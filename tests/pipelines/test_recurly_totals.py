"""From the emulated site to the marts: the ledger's sums, told apart credit from money, and the unified words."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pytest
from sqlalchemy import make_url

from billing.store import open_store
from pipelines.build import build
from pipelines.due import due
from pipelines.operations import copy_store
from pipelines.recurly import load
from tests import prebuilt
from tests.conftest import Sandbox
from tests.pipelines.recurly_house import House, duckdb_house, postgres_house

Marts = Callable[[str], list[tuple[Any, ...]]]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", params=["duckdb", "postgres"])
def built(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, sandbox: Sandbox
) -> Iterator[tuple[House, Marts, Sandbox]]:
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "duckdb":
        prebuilt.begin(request.getfixturevalue("empty_warehouse"), folder / "warehouse")
        house = duckdb_house(folder, sandbox)
        yield house, _loaded(house, lambda: _attached(folder / "warehouse" / "marts.duckdb")), sandbox
        return
    uri = request.getfixturevalue("postgres_uri")
    with psycopg.connect(uri, autocommit=True) as server:
        server.execute("create database recurly_totals")
    own = make_url(uri).set(database="recurly_totals").render_as_string(hide_password=False)
    house = postgres_house(folder, sandbox, own)
    yield house, _loaded(house, lambda: psycopg.connect(own)), sandbox
    with psycopg.connect(uri, autocommit=True) as server:
        server.execute("drop database recurly_totals with (force)")


def _attached(file: Path) -> Any:
    connection = duckdb.connect()
    connection.execute(f"attach '{file}' as built (read_only)")
    connection.execute("use built")
    return connection


def _loaded(house: House, connect: Callable[[], Any]) -> Marts:
    load(house.settings, house.account)
    copy_store(house.settings, open_store(f"sqlite:///{house.settings.var}/billhouse.db"))
    wanted = due(house.settings)
    assert wanted is not None
    assert build(house.settings, wanted.select).failed == []

    def ask(sql: str) -> list[tuple[Any, ...]]:
        with connect() as connection:
            return list(connection.execute(sql).fetchall())

    return ask


Built = tuple[House, Marts, Sandbox]


def test_totals_are_the_ledgers(built: Built) -> None:
    _, ask, sandbox = built
    ours = {
        tuple(row[:2]): int(row[2])
        for row in ask(
            "select currency, measure, ours_minor from marts.control_totals where gateway = 'recurly'"
        )
    }
    ledger = {
        (row["currency"], row["measure"]): row["minor"]
        for row in sandbox.control("ledger")["rows"]
        if row["gateway"] == "recurly"
    }
    assert set(ledger) >= {("EUR", "charged"), ("GBP", "refunded"), ("USD", "invoiced"), ("EUR", "taxed")}
    assert {key: minor for key, minor in ours.items() if minor} == {
        key: minor for key, minor in ledger.items() if minor
    }


def test_other_lists_add_up_to_the_same(built: Built) -> None:
    _, ask, _ = built
    rows = ask(
        "select measure, currency, difference_minor from marts.control_totals "
        "where gateway = 'recurly' and measure in ('charged', 'refunded') and ours_minor <> 0"
    )
    assert len(rows) >= 5
    assert {row[2] for row in rows} == {0}


def test_credit_on_the_account_is_a_credit_note_and_no_refund(built: Built) -> None:
    house, ask, _ = built
    [ivo] = [one["id"] for one in house.every("accounts") if one["code"] == "ivo"]
    ref = f"recurly:recurly_main:{ivo}"
    assert ask(f"select status, total_minor from marts.credit_notes where customer_ref = '{ref}'") == [
        ("open", 3000)
    ]
    assert ask(f"select count(*) from marts.refunds where customer_ref = '{ref}'") == [(0,)]


def test_states_are_in_our_words(built: Built) -> None:
    _, ask, _ = built
    subscriptions = {
        row[0] for row in ask("select status from marts.subscriptions where gateway = 'recurly'")
    }
    assert subscriptions == {"trialing", "active", "past_due", "paused", "canceled", "expired", "pending"}
    charges = {row[0] for row in ask("select status from marts.charges where gateway = 'recurly'")}
    assert charges >= {"paid", "partially_refunded", "refunded", "failed", "authorized", "disputed"}
    refunds = dict(ask("select raw_status, status from marts.refunds where gateway = 'recurly'"))
    assert refunds == {"success": "succeeded", "pending": "pending", "error": "failed"}
    invoices = {row[0] for row in ask("select status from marts.invoices where gateway = 'recurly'")}
    assert invoices == {"paid", "open"}
    for mart in ("payouts", "balance_transactions", "disputes"):
        assert ask(f"select count(*) from marts.{mart} where gateway = 'recurly'") == [(0,)], mart


def test_invoices_are_the_gateways_own_with_tax_by_line(built: Built) -> None:
    house, ask, _ = built
    assert ask("select distinct is_tax_invoice from marts.invoices where gateway = 'recurly'") == [(True,)]
    [long] = [one for one in house.every("invoices") if one["has_more_line_items"]]
    ref = f"recurly:recurly_main:{long['id']}"
    [(lines, net, tax)] = ask(
        f"select count(*), sum(net_minor), sum(tax_minor) from marts.invoice_lines where invoice_ref = '{ref}'"
    )
    assert lines == 26
    assert int(net + tax) == int(long["total"] * 100)
    taxes = ask(
        "select distinct tax_name, jurisdiction_country, rate_percent from marts.tax_lines "
        f"where invoice_ref = '{ref}' or jurisdiction_country = 'US'"
    )
    assert sorted((name, country, str(rate)) for name, country, rate in taxes) == [
        ("Sales tax", "US", "8.8750"),
        ("VAT", "AT", "20.0000"),
    ]


def test_a_closed_account_is_a_deleted_customer(built: Built) -> None:
    _, ask, _ = built
    closed = ask("select email from marts.customers where gateway = 'recurly' and is_deleted")
    assert closed == [("gustav@recur.example",)]


def test_everything_has_its_page(built: Built) -> None:
    _, ask, _ = built
    for mart in ("customers", "charges", "refunds", "subscriptions", "invoices", "credit_notes"):
        rows = ask(f"select dashboard_url from marts.{mart} where gateway = 'recurly'")
        assert rows
        assert all(url.startswith("https://lampa-sandbox.recurly.com/") for (url,) in rows), mart
