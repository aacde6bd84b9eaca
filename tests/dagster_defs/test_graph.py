"""One linked graph from raw tables to helpdesks; its picture is kept in __snapshots__."""

from collections.abc import Callable
from pathlib import Path

import pytest
from dagster import AssetKey, AssetsDefinition, Definitions
from syrupy.assertion import SnapshotAssertion

from gateways import REGISTRY


@pytest.fixture
def definitions(
    write_config: Callable[..., Path], definitions_for: Callable[[Path], Definitions]
) -> Definitions:
    return definitions_for(write_config())


def test_the_graph_is_as_it_was(definitions: Definitions, snapshot: SnapshotAssertion) -> None:
    """After a wanted change: pytest tests/dagster_defs/test_graph.py --snapshot-update."""
    graph = definitions.resolve_asset_graph()
    told = {
        "assets": {
            key.to_user_string(): sorted(parent.to_user_string() for parent in graph.get(key).parent_keys)
            for key in sorted(graph.get_all_asset_keys())
        },
        "checks": sorted(
            f"{check.asset_key.to_user_string()}: {check.name}" for check in graph.asset_check_keys
        ),
        "jobs": sorted(job.name for job in definitions.jobs or []),
        "schedules": sorted(f"{s.name} {s.cron_schedule}" for s in definitions.schedules or []),
        "sensors": sorted(sensor.name for sensor in definitions.sensors or []),
    }
    assert told == snapshot


def test_every_raw_table_leads_to_the_published_copy(definitions: Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    for gateway in REGISTRY:
        raw = {key for key in graph.get_all_asset_keys() if key.path[0] == f"raw_{gateway}"}
        assert {table[-1] for table in (key.path for key in raw)} == set(tables_of(gateway))
    charges = AssetKey(["raw_stripe", "charges"])
    reached, waiting = set(), [charges]
    while waiting:
        children = graph.get(waiting.pop()).child_keys
        waiting += children - reached
        reached |= children
    assert {AssetKey("published"), AssetKey("receipts"), AssetKey("helpdesk_contacts")} <= reached


def tables_of(gateway: str) -> list[str]:
    """The tables that the gateway's pipeline says it fills."""
    from importlib import import_module

    return list(import_module(f"pipelines.{gateway}.objects").TABLES)


def test_everything_that_writes_the_warehouse_is_in_its_pool(definitions: Definitions) -> None:
    steps = [asset.node_def for asset in definitions.assets or [] if isinstance(asset, AssetsDefinition)]
    writers = {step.name for step in steps if step.pool == "warehouse_writer"}
    assert writers == {*(f"load_{name}" for name in REGISTRY), "raw_operations", "build_and_publish"}


def test_the_schedule_is_on(definitions: Definitions) -> None:
    (schedule,) = definitions.schedules or []
    assert schedule.default_status.value == "RUNNING"
    (sensor,) = definitions.sensors or []
    assert sensor.default_status.value == "RUNNING"
