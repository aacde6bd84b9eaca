"""The warm worker, seen from Dagster: its runs as materializations, and an alarm when its beat stops.

The worker is a process of its own (`billhouse worker`); Dagster neither starts it nor stands in its way.
"""

from datetime import timedelta
from typing import Any

from dagster import (
    AssetCheckEvaluation,
    AssetCheckResult,
    AssetChecksDefinition,
    AssetKey,
    AssetMaterialization,
    AssetSpec,
    DefaultSensorStatus,
    SensorDefinition,
    SensorEvaluationContext,
    SensorResult,
    asset_check,
    sensor,
)
from sqlalchemy import Engine

from billing import clock
from billing.store import transaction, worker_runs
from dagster_defs.house import HouseResource

WORKER = AssetKey("worker")
SILENT_AFTER = timedelta(minutes=2)
BEATS = "worker_beats"

worker = AssetSpec(
    WORKER,
    group_name="published",
    description="The warm worker: webhooks and our own actions, read again and published within seconds.",
)


@asset_check(asset=WORKER, name=BEATS)
def worker_beats(house: HouseResource) -> AssetCheckResult:
    """The worker has said within the last two minutes that it is alive."""
    problem = silence(house.engine)
    return AssetCheckResult(passed=problem is None, metadata={"problem": problem or "none"})


def silence(engine: Engine) -> str | None:
    """Return in words how long the worker has been silent, or None when it beats."""
    with transaction(engine) as connection:
        beat = worker_runs.last_beat(connection)
    if beat is None:
        return "The worker never ran. Start `billhouse worker` or `billhouse serve`."
    silent = clock.now() - beat
    if silent <= SILENT_AFTER:
        return None
    return (
        f"The worker has been silent for {silent.total_seconds():.0f} s, since {beat:%Y-%m-%d %H:%M:%S} UTC."
    )


@sensor(minimum_interval_seconds=30, default_status=DefaultSensorStatus.RUNNING)
def worker_watch(context: SensorEvaluationContext, house: HouseResource) -> SensorResult:
    """Report the worker's runs since the last look, and its beat whenever that stops or starts again."""
    last, _, before = (context.cursor or "0:").partition(":")
    with transaction(house.engine) as connection:
        runs = worker_runs.since(connection, int(last))
    events: list[AssetMaterialization | AssetCheckEvaluation] = [_materialization(run) for run in runs]
    problem = silence(house.engine)
    now = "silent" if problem else "beats"
    if now != before:
        events.append(_evaluation(problem))
    if problem:
        context.log.error(problem)
    return SensorResult(
        asset_events=events,
        cursor=f"{runs[-1]['id'] if runs else last}:{now}",
        skip_reason=None if events else "Nothing new.",
    )


def _materialization(run: dict[str, Any]) -> AssetMaterialization:
    return AssetMaterialization(
        asset_key=WORKER,
        metadata={
            "started at": run["started_at"],
            "seconds": run["milliseconds"] / 1000,
            "events": run["events"],
            "rows changed": run["rows_changed"],
            "snapshot": run["snapshot"] or "nothing new to publish",
            "error": run["error"] or "none",
        },
    )


def _evaluation(problem: str | None) -> AssetCheckEvaluation:
    return AssetCheckEvaluation(
        asset_key=WORKER,
        check_name=BEATS,
        passed=problem is None,
        metadata={"problem": problem or "none"},
    )


ASSETS = [worker]
CHECKS: list[AssetChecksDefinition] = [worker_beats]
SENSORS: list[SensorDefinition] = [worker_watch]
