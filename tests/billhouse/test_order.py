"""Webhooks duplicated, shuffled, replayed and mixed with polling end in the same raw rows and the same marts.

One company, one stretch of time. What happened in it is told to many copies of the same house, each time in another
order, some of it twice, some of it not at all, with polls in between; a last poll ends each. All must then hold
what a house holds that was only ever polled.
"""

import random
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import duckdb
import pytest

from billhouse import cycle as cycles
from billhouse.cycle import CycleReport, run_cycle
from billhouse.house import House, open_house
from billing.warehouse import publish, writer_lock
from pipelines.run import account_named, reread
from tests.conftest import Sandbox

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

Hint = tuple[str, str, str, str]
ORDERS = 5


@pytest.fixture
def copies(
    fresh_sandbox: Callable[..., Sandbox], house_over: Callable[..., House], quiet: Any, tmp_path: Path
) -> Iterator[tuple[Sandbox, Callable[[str], House]]]:
    """A sandbox whose time has moved on since a first load, and a factory of copies of the house as it was then."""
    sandbox = fresh_sandbox("--customers", "15")
    house = house_over(sandbox)
    assert run_cycle(house, quiet).is_green
    house.reader.close()
    house.engine.dispose()
    sandbox.control("clock", advance_days=12)
    with ExitStack() as stack:

        def copy(name: str) -> House:
            shutil.copytree(tmp_path / "house", tmp_path / name)
            return stack.enter_context(open_house(tmp_path / name / "billhouse.toml"))

        yield sandbox, copy


def _rows(house: House) -> dict[str, list[tuple[Any, ...]]]:
    """All raw rows of all gateways, without the moments at which they were read."""
    with duckdb.connect(str(house.settings.warehouse.dir / "raw.duckdb"), read_only=True) as raw:
        tables = raw.execute(
            "select table_schema || '.' || table_name from information_schema.tables"
            " where table_schema like 'raw_%' and table_schema not like '%staging%'"
            " and table_schema <> 'raw_operations' and table_name not like '\\_dlt%' escape '\\' order by 1"
        ).fetchall()
        return {
            name: raw.execute(f"select account, id, is_deleted, data from {name} order by 1, 2").fetchall()
            for (name,) in tables
            if not name.endswith(
                ".events"
            )  # a feed tells its own events; who was told by webhook reads them later
        }


def _changed(before: dict[str, list[Any]], after: dict[str, list[Any]]) -> list[Hint]:
    """Name what changed, as webhooks would: gateway, account, kind (a table's singular) and id."""
    found: list[Hint] = []
    for name, rows in after.items():
        gateway, table = name.removeprefix("raw_").split(".")
        new = set(rows) - set(before.get(name, []))
        found += [(gateway, row[0], table.removesuffix("s"), row[1]) for row in new]
    return sorted(found)


def _tell(house: House, hints: list[Hint]) -> None:
    with writer_lock(house.settings.warehouse):
        for gateway, account in sorted({hint[:2] for hint in hints}):
            targets = [hint[2:] for hint in hints if hint[:2] == (gateway, account)]
            reread(house.settings, gateway, account_named(house.settings, gateway, account), targets)


def _poll(house: House, quiet: Any) -> None:
    report = CycleReport()
    with writer_lock(house.settings.warehouse):
        cycles.ingest(house, report, quiet)
    assert report.problems == []


def _marts(house: House, quiet: Any) -> dict[str, list[str]]:
    report = CycleReport()
    with writer_lock(house.settings.warehouse):
        assert cycles.build_and_check(house, report, quiet), report.checks_failed
        publish(house.settings.warehouse)
    names = (
        "charges",
        "refunds",
        "subscriptions",
        "invoices",
        "disputes",
        "customer_totals",
        "control_totals",
    )
    return {
        name: sorted(str(sorted(row.items())) for row in house.reader.rows(f"select * from {name}"))
        for name in names
    }


def test_any_order_ends_in_the_same_state(copies: tuple[Sandbox, Callable[[str], House]], quiet: Any) -> None:
    _, copy = copies
    polled = copy("polled")
    before = _rows(polled)
    _poll(polled, quiet)
    truth = _rows(polled)
    hints = _changed(before, truth)
    assert len(hints) > 30, "time brought too little to tell orders apart"
    marts = _marts(polled, quiet)
    for seed in range(ORDERS):
        chance = random.Random(seed)
        house = copy(f"order{seed}")
        told = [hint for hint in hints if chance.random() < 0.8]  # some never arrive: a poll heals that
        told += chance.choices(hints, k=len(hints) // 3)  # some arrive twice
        chance.shuffle(told)
        cut = chance.randrange(len(told))
        _tell(house, told[:cut])
        if chance.random() < 0.5:
            _poll(house, quiet)
        _tell(house, told[cut:])
        _tell(house, told[: cut // 2])  # replayed
        _poll(house, quiet)
        rows = _rows(house)
        assert rows.keys() == truth.keys()
        for name, expected in truth.items():
            assert rows[name] == expected, f"{name} differs in order {seed}"
        if seed == 0:
            assert _marts(house, quiet) == marts
