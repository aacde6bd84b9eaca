"""One linked graph from raw tables to helpdesks; its picture is kept in __snapshots__."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from dagster import (
    AssetKey,
    AssetsDefinition,
    DagsterInstance,
    DagsterRunStatus,
    Definitions,
    RunRequest,
    build_run_status_sensor_context,
    build_schedule_context,
    job,
    op,
)
from syrupy.assertion import SnapshotAssertion

from billing import clock
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
    assert {AssetKey("published"), AssetKey("documents"), AssetKey("helpdesk_contacts")} <= reached


def tables_of(gateway: str) -> list[str]:
    """The tables that the gateway's pipeline says it fills."""
    from importlib import import_module

    return list(import_module(f"pipelines.{gateway}.objects").TABLES)


def test_everything_that_writes_the_warehouse_is_in_its_pool(definitions: Definitions) -> None:
    steps = [asset.node_def for asset in definitions.assets or [] if isinstance(asset, AssetsDefinition)]
    writers = {step.name for step in steps if step.pool == "warehouse_writer"}
    assert writers == {*(f"load_{name}" for name in REGISTRY), "raw_operations", "build_and_publish"}


def schedule_named(definitions: Definitions, name: str) -> Any:
    return next(one for one in definitions.schedules or [] if one.name == name)


def test_everything_runs_by_itself(definitions: Definitions) -> None:
    schedules = {one.name: one.default_status.value for one in definitions.schedules or []}
    assert schedules == dict.fromkeys(("every_quarter_of_an_hour", "every_night"), "RUNNING")
    sensors = {sensor.name: sensor.default_status.value for sensor in definitions.sensors or []}
    assert sensors == dict.fromkeys(
        ("publish_after_a_load", "publish_after_a_failed_load", "worker_watch"), "RUNNING"
    )


@pytest.mark.parametrize("ends_well", [True, False])
def test_a_load_is_followed_by_a_build_however_it_ended(
    ends_well: bool, definitions: Definitions, instance: DagsterInstance
) -> None:
    name = "publish_after_a_load" if ends_well else "publish_after_a_failed_load"
    sensor = next(one for one in definitions.sensors or [] if one.name == name)

    @op
    def end() -> None:
        if not ends_well:
            raise ValueError("down")

    @job(name="load")
    def stand_in() -> None:
        end()

    done = stand_in.execute_in_process(instance=instance, raise_on_error=False)
    event = done.get_run_success_event() if ends_well else done.get_run_failure_event()
    context = build_run_status_sensor_context(name, event, instance, done.dagster_run)
    request = sensor(context)
    assert request.run_key == done.run_id
    assert sensor.job_name == "publish"


def test_no_load_begins_while_the_last_one_is_at_work(definitions: Definitions, tmp_path: Path) -> None:
    schedule = schedule_named(definitions, "every_quarter_of_an_hour")
    instance = DagsterInstance.local_temp(str(tmp_path))

    @job(name="publish")
    def at_work() -> None:
        pass

    def ask() -> Any:
        return schedule(build_schedule_context(instance=instance))

    assert isinstance(ask(), RunRequest)
    instance.create_run_for_job(at_work, status=DagsterRunStatus.STARTED)
    assert "publish" in str(ask())


@pytest.mark.parametrize("years_ago", [0, 9])
def test_a_night_runs_the_day_before_unless_that_lies_before_the_start(
    definitions: Definitions, instance: DagsterInstance, years_ago: int
) -> None:
    schedule = schedule_named(definitions, "every_night")
    at = clock.now() - timedelta(days=366 * years_ago)
    asked = schedule(build_schedule_context(instance=instance, scheduled_execution_time=at))
    if years_ago:
        assert "Documents are issued for payments from" in str(asked)
        return
    day = at.astimezone(ZoneInfo(schedule.execution_timezone)).date() - timedelta(days=1)
    assert asked.partition_key == day.isoformat()
    job = definitions.resolve_job_def("invoice_run")
    assert day.isoformat() in (job.partitions_def.get_partition_keys() if job.partitions_def else [])
