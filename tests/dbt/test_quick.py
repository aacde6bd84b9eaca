"""What a warm worker builds by dbt's compiled SQL is what dbt would have built; what is not green, dbt judges."""

import logging
import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest

from billing.settings_documents import LegalEntity
from billing.settings_model import Settings
from billing.settings_model import Warehouse as WarehouseSettings
from pipelines import build as building
from pipelines.build import build
from pipelines.due import due
from tests.dbt import stripe_objects as stripe
from tests.dbt.company import company, raw_rows
from tests.dbt.warehouse import Warehouse

LATER = "20261123T190000.000000"
TOUCHED = "source:raw_stripe.charges+ source:raw_stripe.invoices+ source:raw_stripe.refunds+"
Held = dict[str, tuple[list[Any], list[Any]]]


@pytest.fixture
def settings(warehouse: Warehouse, tmp_path: Path) -> Settings:
    seller = LegalEntity(name="Lampa", address=["Here"], country="PL", email="billing@lampa.example")
    return Settings(company=seller, warehouse=WarehouseSettings(dir=warehouse.folder), var=tmp_path / "var")


def held(folder: Path) -> Held:
    """Every table of marts and staging: its columns with type and nullability, and its rows in order."""
    found: Held = {}
    for file in ("marts", "staging"):
        with duckdb.connect(str(folder / f"{file}.duckdb"), read_only=True) as connection:
            tables = connection.execute(
                "select schema_name, table_name from duckdb_tables() where not temporary order by all"
            ).fetchall()
            for schema, table in tables:
                columns = connection.execute(
                    "select column_name, data_type, is_nullable from information_schema.columns "
                    "where table_schema = ? and table_name = ? order by column_name",
                    [schema, table],
                ).fetchall()
                names = ", ".join(name for name, _, _ in columns)
                rows = connection.execute(
                    f"select {names} from {file}.{schema}.{table} order by all"
                ).fetchall()
                found[f"{file}.{schema}.{table}"] = (columns, rows)
    return found


def build_company(warehouse: Warehouse, settings: Settings) -> None:
    """Load the company into the empty warehouse, and build what is due then."""
    warehouse.load(company())
    wanted = due(settings)
    assert wanted is not None
    assert build(settings, wanted.select).failed == []


def restore(copy: Path, folder: Path) -> None:
    shutil.rmtree(folder)
    shutil.copytree(copy, folder)


@pytest.mark.slow
def test_rows_types_and_checks_are_those_of_dbt(
    warehouse: Warehouse,
    settings: Settings,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    build_company(warehouse, settings)
    before = held(warehouse.folder)
    price = stripe.price("price_pro", "prod_pro", 4900)
    changed = [
        stripe.charge("ch_waiting", 3100, customer="cus_otto"),
        stripe.charge("ch_new", 700, "usd", customer="cus_otto"),
        stripe.refund("re_new", "ch_new", 300, "usd"),
        stripe.invoice("in_otto", "cus_otto", [stripe.line("il_otto_2", 4000, price)], status="open"),
    ]
    warehouse.load(raw_rows({"stripe_eu": changed}, LATER))
    copy = Path(shutil.copytree(warehouse.folder, tmp_path_factory.mktemp("copy") / "of"))

    with caplog.at_level(logging.WARNING, "pipelines.build"):
        quick = build(settings, TOUCHED, without_finance=True)
    assert quick.nodes == {}, "dbt was not asked"
    assert caplog.messages == []
    quickly = held(warehouse.folder)
    restore(copy, warehouse.folder)
    monkeypatch.setattr(building, "_quickly", lambda *_: False)
    slow = build(settings, TOUCHED, without_finance=True)

    assert slow.failed == quick.failed == []
    assert (slow.passed, slow.models) == (quick.passed, quick.models)
    assert quickly == held(warehouse.folder)
    differ = {table for table in before if before[table] != quickly[table]}
    assert {"marts.marts.charges", "marts.marts.refunds", "marts.marts.invoices"} <= differ
    assert "marts.marts.revenue_daily" not in differ, "finance's marts follow later"


@pytest.mark.slow
def test_what_a_check_refuses_is_told_in_the_words_of_dbt(warehouse: Warehouse, settings: Settings) -> None:
    build_company(warehouse, settings)
    warehouse.load(raw_rows({"stripe_eu": [stripe.charge("ch_odd", 700, status="melted")]}, LATER))
    report = build(settings, "source:raw_stripe.charges+", without_finance=True)
    assert any("melted" in words for words in report.failed), report.failed
