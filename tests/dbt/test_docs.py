"""What readers and writers of models may rely on: described, contracted, exposed, short."""

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
import yaml

from tests.dbt.conftest import Built
from tests.dbt.warehouse import PROJECT


@pytest.fixture(scope="module")
def manifest(on_duckdb: Built) -> dict[str, Any]:
    on_duckdb[0].dbt("docs", "generate", "--empty-catalog")
    found: dict[str, Any] = json.loads((on_duckdb[0].folder / "target" / "manifest.json").read_text())
    return found


def models(manifest: dict[str, Any], folder: str) -> list[dict[str, Any]]:
    nodes = [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]
    found = [node for node in nodes if folder in node["fqn"]]
    assert found
    return found


def test_every_mart_and_column_is_described_and_typed(manifest: dict[str, Any]) -> None:
    for model in models(manifest, "marts"):
        assert model["description"], model["name"]
        assert model["config"]["contract"]["enforced"], model["name"]
        for column in model["columns"].values():
            assert column["description"], f"{model['name']}.{column['name']}"
            assert column["data_type"], f"{model['name']}.{column['name']}"


def test_every_model_is_described(manifest: dict[str, Any]) -> None:
    for model in models(manifest, "billhouse"):
        assert model["description"], model["name"]


def test_every_mart_has_a_reader(manifest: dict[str, Any]) -> None:
    read = {name for exposure in manifest["exposures"].values() for name in exposure["depends_on"]["nodes"]}
    # Marts that other marts read have their readers there.
    assert {model["unique_id"] for model in models(manifest, "marts")} - read == set()


def test_every_table_has_a_key_that_is_tested(manifest: dict[str, Any]) -> None:
    tested = {
        node["attached_node"]
        for node in manifest["nodes"].values()
        if node.get("test_metadata") and node["test_metadata"]["name"] == "is_primary_key"
    }
    for model in models(manifest, "marts") + models(manifest, "staging"):
        assert model["unique_id"] in tested or model["name"] == "unfit_amounts", model["name"]


def test_models_are_short() -> None:
    for path in (PROJECT / "models").rglob("*.sql"):
        assert len(path.read_text().splitlines()) <= 120, path.name


def test_every_raw_table_is_staged_and_watched(manifest: dict[str, Any]) -> None:
    watched = {
        node["depends_on"]["nodes"][0]
        for node in manifest["nodes"].values()
        if node.get("test_metadata") and node["test_metadata"]["name"] == "fields_hold"
    }
    staged = {name for model in models(manifest, "staging") for name in model["depends_on"]["nodes"]}
    for source in manifest["sources"]:
        # Our own tables change with our own code; only vendors' objects change by themselves.
        assert source in watched or ".raw_operations." in source
        assert source in staged


@cache
def _decisions() -> str:
    return (PROJECT / "models" / "DECISIONS.md").read_text()


@pytest.mark.parametrize("measure", ["charged", "refunded", "invoiced", "taxed", "disputed", "fees", "net"])
def test_every_measure_is_decided_with_an_example(measure: str) -> None:
    assert f"**{measure}**" in _decisions()


METRICS = (PROJECT.parent / "docs" / "metrics-decisions.md").read_text()
DECISIONS = [part for part in re.split(r"\n(?=- |## )", METRICS) if part.startswith("- ")]


@cache
def _unit_tests() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for path in (PROJECT / "models" / "marts").glob("*finance_unit_tests.yml"):
        found |= {test["name"]: test for test in yaml.safe_load(path.read_text())["unit_tests"]}
    return found


def _names(decision: str) -> list[str]:
    return re.findall(r"`(\w+)`", decision[decision.rfind("[") :])


def _minor_units(value: Any) -> Iterator[int]:
    """Every whole number of a unit test's rows, without its sign."""
    if isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _minor_units(part)
    elif isinstance(value, int) and not isinstance(value, bool):
        yield abs(value)


def test_every_unit_test_of_finance_is_named_in_a_decision() -> None:
    assert len(DECISIONS) > 15
    assert {name for decision in DECISIONS for name in _names(decision)} == set(_unit_tests())


@pytest.mark.parametrize("decision", DECISIONS, ids=lambda decision: "_".join(_names(decision)))
def test_a_decision_has_an_example_whose_figures_stand_in_its_test(decision: str) -> None:
    assert re.search(r"\*[^*]*\d[^*]*\*", decision), "a decision without an example"
    shown = {int(a + b) for a, b in re.findall(r"(\d+)\.(\d\d) (?:EUR|GBP|USD)", decision)}
    assert shown <= {n for name in _names(decision) for n in _minor_units(_unit_tests()[name])}
