"""Real input: 69,659 purchases of 23,570 people, through the whole road, equal to the file to the cent."""

import csv
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from billhouse.cycle import run_cycle
from billhouse.house import House
from tests.conftest import DATA, Sandbox

FILE = DATA / "cdnow_purchases.csv"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(not FILE.exists(), reason="the purchase history is not beside the project"),
]


@pytest.fixture
def purchases() -> list[dict[str, str]]:
    with FILE.open(newline="") as handle:
        return list(csv.DictReader(handle))


@pytest.fixture
def history_sandbox(fresh_sandbox: Callable[..., Sandbox]) -> Sandbox:
    return fresh_sandbox("--history", str(FILE))


def _cents(rows: list[dict[str, str]], key: str) -> Counter[str]:
    sums: Counter[str] = Counter()
    for row in rows:
        sums[row[key]] += int(Decimal(row["amount_usd"]).scaleb(2))
    return sums


# A zero-amount purchase is no charge at Stripe but a paid invoice of zero; both kinds are purchases.
PURCHASES = """
    select created_at, customer_ref, amount_minor from charges
    union all
    select i.created_at, i.customer_ref, i.total_minor from invoices i where i.total_minor = 0"""


def test_history_arrives_to_the_cent(
    purchases: list[dict[str, str]],
    history_sandbox: Sandbox,
    house_over: Callable[..., House],
    quiet: Any,
    capsys: pytest.CaptureFixture[str],
) -> None:
    house = house_over(history_sandbox)
    report = run_cycle(house, quiet)
    with capsys.disabled():
        print("\nseconds a stage:", report.seconds)
    assert report.problems == []
    assert report.checks_failed == []
    rows = house.reader.rows(PURCHASES)
    assert len(rows) == len(purchases)
    zero = sum(Decimal(row["amount_usd"]) == 0 for row in purchases)
    assert sum(row["amount_minor"] == 0 for row in rows) == zero > 0

    days: Counter[str] = Counter()
    people: Counter[str] = Counter()
    names = {
        row["customer_ref"]: row["email"].removesuffix("@history.example").removeprefix("c")
        for row in house.reader.rows("select customer_ref, email from customers where account = 'stripe_us'")
    }
    assert len(names) == len({row["customer_id"] for row in purchases})
    for row in rows:
        days[row["created_at"].date().isoformat()] += row["amount_minor"]
        people[names[row["customer_ref"]]] += row["amount_minor"]
    assert days == _cents(purchases, "purchased_on")
    assert people == _cents(purchases, "customer_id")
    assert report.mails_sent == 0, "years of history must mail nobody"


def test_the_file_is_what_its_source_says(purchases: list[dict[str, str]]) -> None:
    assert len(purchases) == 69_659
    assert len({row["customer_id"] for row in purchases}) == 23_570
    assert Path(FILE).stat().st_size > 0
