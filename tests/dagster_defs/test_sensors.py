"""The worker as Dagster sees it: each run once, and an alarm when its beat stops."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from dagster import (
    AssetCheckEvaluation,
    AssetMaterialization,
    DagsterInstance,
    SensorResult,
    build_sensor_context,
)

from billing import clock
from billing.store import transaction, worker_runs
from dagster_defs.house import HouseResource
from dagster_defs.sensors import SILENT_AFTER, worker_beats, worker_watch

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def house(write_config: Callable[..., Path]) -> Iterator[HouseResource]:
    with HouseResource(config=str(write_config())).process_config_and_initialize_cm() as opened:
        yield opened
    clock.replace(None)


def look(house: HouseResource, instance: DagsterInstance, cursor: str | None) -> SensorResult:
    resources = {"house": HouseResource(config=house.config)}
    with build_sensor_context(instance=instance, cursor=cursor, resources=resources) as context:
        result = worker_watch(context)
    assert isinstance(result, SensorResult)
    return result


def ran(house: HouseResource, **changes: Any) -> None:
    facts = {"milliseconds": 1500, "events": 3, "rows_changed": 5, "snapshot": "serve-9", **changes}
    with transaction(house.engine) as connection:
        worker_runs.beat(connection)
        worker_runs.record(connection, started_at="2026-11-23T12:00:00.000000+00:00", **facts)


def test_each_run_is_reported_once(house: HouseResource, instance: DagsterInstance) -> None:
    ran(house)
    ran(house, events=4, error="gateway away", snapshot=None)
    first = look(house, instance, None)
    runs = [event for event in first.asset_events if isinstance(event, AssetMaterialization)]
    assert [run.metadata["events"].value for run in runs] == [3, 4]
    assert runs[1].metadata["error"].value == "gateway away"
    again = look(house, instance, first.cursor)
    assert list(again.asset_events) == []
    ran(house, events=7)
    (third,) = look(house, instance, again.cursor).asset_events
    assert third.metadata["events"].value == 7


def test_the_alarm_is_raised_once_and_taken_back(house: HouseResource, instance: DagsterInstance) -> None:
    clock.replace(lambda: NOON)
    with transaction(house.engine) as connection:
        worker_runs.beat(connection)
    states = []
    cursor = None
    for seconds in (0, 119, 121, 180, 600):
        clock.replace(lambda seconds=seconds: NOON + timedelta(seconds=seconds))
        result = look(house, instance, cursor)
        cursor = result.cursor
        states += [event.passed for event in result.asset_events if isinstance(event, AssetCheckEvaluation)]
        assert worker_beats(house=house).passed == (seconds <= SILENT_AFTER.total_seconds())
    assert states == [True, False]
    with transaction(house.engine) as connection:
        worker_runs.beat(connection)
    (back,) = look(house, instance, cursor).asset_events
    assert back.passed


def test_a_worker_that_never_ran_is_an_alarm(house: HouseResource, instance: DagsterInstance) -> None:
    (event,) = look(house, instance, None).asset_events
    assert not event.passed
    assert "never ran" in event.metadata["problem"].value
