"""Revenue, tax and recurring revenue of the whole demo company equal the books that it keeps by itself, row by row.

The books (GET /control/finance) are written by the company's life, in decimals, when something happens; ours are
worked out afterwards from what five gateways' APIs show. A row too many or too few on either side is a difference.
"""

import copy
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from billhouse import demo_config
from billhouse.cycle import CycleReport, build_and_check, ingest
from billhouse.demo_finance import MRR, REVENUE, finance
from billhouse.house import House, open_house
from billing.warehouse import publish, writer_lock
from gateways import REGISTRY
from tests.billhouse.prepared import keeping_time_with
from tests.conftest import Sandbox, start_sandbox

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

Row = dict[str, Any]
LATER_DAYS = 20
"""E-checks clear, refunds fail, trials end, disputes are decided; PayPal has not yet forgotten any of it."""


@dataclass(frozen=True)
class Company:
    """The whole demo company, and a house that has loaded and built it once."""

    sandbox: Sandbox
    house: House
    books: dict[str, list[Row]]


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory, quiet: Any) -> Iterator[Company]:
    folder = tmp_path_factory.mktemp("finance")
    sandbox = start_sandbox(folder / "sandbox")
    config = demo_config.write(
        folder / "house",
        url=sandbox.url,
        smtp_port=sandbox.smtp_port,
        dashboard_port=18501,
        portal_port=18600,
        dagster_port=13000,
    )
    with open_house(config) as house:
        load_and_build(house, quiet)
        yield Company(sandbox, house, sandbox.control("finance"))
    sandbox.stop()


def load_and_build(house: House, quiet: Any) -> None:
    report = CycleReport()
    with writer_lock(house.settings.warehouse):
        ingest(house, report, quiet)
        build_and_check(house, report, quiet)
        assert report.problems + report.checks_failed == []
        publish(house.settings.warehouse)


def by(rows: list[Row], *names: str) -> dict[tuple[str, ...], Row]:
    """Rows by the names that make them one; no two may share those."""
    found = {tuple(str(row[name]) for name in names): row for row in rows}
    assert len(found) == len(rows)
    return found


def told(rows: list[Row], *names: str) -> dict[tuple[str, ...], dict[str, int]]:
    """The books' entries of one measure each, as one row with all measures; rows of nothing but 0 left out."""
    found: dict[tuple[str, ...], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for row in rows:
        found[tuple(str(row[name]) for name in names)][row["measure"]] += row["minor"]
    return {key: dict(measures) for key, measures in found.items() if any(measures.values())}


def test_revenue_is_the_companys_per_day_currency_and_country(company: Company) -> None:
    names = ("gateway", "account", "day", "currency", "country")
    ours = by(company.house.reader.rows("select * from revenue_daily"), *names)
    books = told(company.books["revenue"], *names)
    assert {key[0] for key in books} == set(REGISTRY)
    measured = {key: {name: int(row[f"{name}_minor"]) for name in REVENUE} for key, row in ours.items()}
    assert {key: row for key, row in measured.items() if any(row.values())} == {
        key: {name: row.get(name, 0) for name in REVENUE} for key, row in books.items()
    }
    for row in ours.values():
        rest = row["gross_minor"] - sum(row[f"{name}_minor"] for name in REVENUE[1:])
        assert row["net_minor"] == rest


@pytest.mark.parametrize(
    ("query", "period", "length"),
    [
        ("select *, cast(booked_at as date) as period from tax_bookings", "day", 10),
        ("select *, period_month as period from tax_summary", "month", 7),
    ],
)
def test_tax_is_the_companys_per_period_country_rate_and_category(
    company: Company, query: str, period: str, length: int
) -> None:
    ours: dict[tuple[str, ...], dict[str, int]] = defaultdict(lambda: {"taxable": 0, "taxed": 0})
    for row in company.house.reader.rows(query):
        names = ("gateway", "account", "currency", "country", "rate_percent", "category")
        key = (*(str(row[name]) for name in names), str(row["period"])[:length])
        ours[key]["taxable"] += int(row["taxable_minor"])
        ours[key]["taxed"] += int(row["tax_minor"])
    dated = [{**row, "period": row["day"][:length]} for row in company.books["tax"]]
    books = told(dated, "gateway", "account", "currency", "country", "rate", "category", "period")
    assert {key: row for key, row in ours.items() if any(row.values())} == {
        key: {"taxable": row.get("taxable", 0), "taxed": row.get("taxed", 0)} for key, row in books.items()
    }
    assert {key[0] for key in books} == set(REGISTRY)
    assert {key[5] for key in books} == {"inclusive", "exclusive", "reverse charge", "rate not told"}


def test_recurring_revenue_is_the_companys_per_month_and_currency(company: Company) -> None:
    names = ("gateway", "account", "currency", "month")
    ours = by(company.house.reader.rows("select * from mrr_monthly"), *names)
    books = by(company.books["mrr"], *names)
    assert {key[0] for key in books} == set(REGISTRY)
    measured = {
        key: {**{name: int(row[f"{name}_minor"]) for name in MRR}, "customers": int(row["customer_count"])}
        for key, row in ours.items()
    }
    told_ = {key: {name: row[name] for name in (*MRR, "customers")} for key, row in books.items()}
    # A month in which nobody subscribed to anything, before or after, is a row for the books alone.
    assert measured == {key: row for key, row in told_.items() if any(row.values())}


def test_movements_sum_to_the_change(company: Company) -> None:
    months = company.house.reader.rows("select * from mrr_monthly order by gateway, account, currency, month")
    moves = ("new", "expansion", "contraction", "churn", "reactivation")
    closed: dict[tuple[str, str, str], tuple[Any, int]] = {}
    for row in months:
        line = (row["gateway"], row["account"], row["currency"])
        moved = sum(int(row[f"{name}_minor"]) for name in moves)
        assert row["closing_minor"] - row["opening_minor"] == moved
        assert row["opening_minor"] == closed.get(line, (None, 0))[1]
        closed[line] = (row["month"], int(row["closing_minor"]))
    named = company.house.reader.rows(
        "select gateway, account, currency, month, movement, sum(closing_minor - opening_minor) as minor "
        "from mrr_movements group by gateway, account, currency, month, movement"
    )
    sums = {
        (row["gateway"], row["account"], row["currency"], row["month"], row["movement"]): int(row["minor"])
        for row in named
        if row["movement"] != "none"
    }
    assert sums == {
        (row["gateway"], row["account"], row["currency"], row["month"], name): int(row[f"{name}_minor"])
        for row in months
        for name in moves
        if row[f"{name}_minor"]
    }
    assert {key[4] for key in sums} == set(moves)
    assert not [row for row in named if row["movement"] == "none" and row["minor"]]


def test_the_demo_compares_all_of_it_and_sees_both_kinds_of_difference(company: Company) -> None:
    found = finance(company.house.reader, company.books)
    assert {name: part["different"] for name, part in found.items()} == {"revenue": [], "tax": [], "mrr": []}
    assert found["revenue"]["compared"] > 3000
    assert found["tax"]["compared"] > 2000
    assert found["mrr"]["compared"] > 400
    books = copy.deepcopy(company.books)
    lacking = books["revenue"].pop()
    books["tax"].append({**books["tax"][0], "country": "XX"})
    books["mrr"][0]["closing"] += 1
    told_ = finance(company.house.reader, books)
    (one,) = told_["revenue"]["different"]
    assert (one["ours_minor"], one["ledger_minor"]) == (lacking["minor"], 0)
    (two,) = told_["tax"]["different"]
    assert (two["country"], two["ours_minor"]) == ("XX", 0)
    (three,) = told_["mrr"]["different"]
    assert three["ledger_minor"] == three["ours_minor"] + 1


def test_it_stays_so_when_time_has_passed(company: Company, quiet: Any) -> None:
    """Last in this file, for it moves the company on. What a month is worth depends on dbt's own now: left out."""
    company.sandbox.control("clock", advance_days=LATER_DAYS)
    with keeping_time_with(company.sandbox):
        load_and_build(company.house, quiet)
    found = finance(company.house.reader, company.sandbox.control("finance"))
    assert found["revenue"]["different"] == []
    assert found["tax"]["different"] == []
