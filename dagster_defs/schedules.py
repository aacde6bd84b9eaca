"""When things run by themselves: every quarter of an hour all accounts are loaded, then the rest is done.

Two jobs, because within one a step that fails takes along everything built upon it: a gateway that does not answer
fails its own tables in `load`, and `publish` goes on with what the others brought and what is known of that one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from dagster import (
    AssetCheckKey,
    AssetSelection,
    DagsterRunStatus,
    DefaultScheduleStatus,
    DefaultSensorStatus,
    RunRequest,
    RunsFilter,
    RunStatusSensorContext,
    RunStatusSensorDefinition,
    ScheduleDefinition,
    ScheduleEvaluationContext,
    SensorDefinition,
    SkipReason,
    define_asset_job,
    run_status_sensor,
    schedule,
)
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from dagster_defs.ingest import GROUP
from dagster_defs.sensors import WORKER

UNFINISHED = [
    DagsterRunStatus.QUEUED,
    DagsterRunStatus.NOT_STARTED,
    DagsterRunStatus.STARTING,
    DagsterRunStatus.STARTED,
]
LOOKS_EVERY_SECONDS = 10
LOAD, PUBLISH = "load", "publish"


@dataclass(frozen=True, slots=True)
class Timetable:
    """The jobs, and what starts them."""

    jobs: list[UnresolvedAssetJobDefinition]
    schedules: list[ScheduleDefinition]
    sensors: list[SensorDefinition]


def timetable(loaded: Sequence[AssetCheckKey]) -> Timetable:
    """Return what runs when.

    Args:
        loaded: the checks that a load makes itself; all others of raw tables are dbt's, and come with a build.
    """
    raw = AssetSelection.groups(GROUP).without_checks()
    checks = AssetSelection.checks(*loaded)
    settled = AssetSelection.assets("settled_actions")
    load = define_asset_job(
        LOAD,
        selection=raw | checks | settled,
        description="Settle actions and load every account. A gateway that fails holds up no other.",
    )
    publish = define_asset_job(
        PUBLISH,
        selection=AssetSelection.all() - raw - checks - settled - AssetSelection.assets(WORKER),
        description="Build, check, publish, deliver: from whatever is loaded.",
    )
    reconcile = define_asset_job(
        "reconcile", selection=settled, description="Ask the gateways about actions without an outcome."
    )
    return Timetable(
        jobs=[load, publish, reconcile],
        schedules=[_every_quarter_of_an_hour(load)],
        sensors=[
            _then(DagsterRunStatus.SUCCESS, "publish_after_a_load", load, publish),
            _then(DagsterRunStatus.FAILURE, "publish_after_a_failed_load", load, publish),
        ],
    )


def _every_quarter_of_an_hour(load: UnresolvedAssetJobDefinition) -> ScheduleDefinition:
    @schedule(job=load, cron_schedule="*/15 * * * *", default_status=DefaultScheduleStatus.RUNNING)
    def every_quarter_of_an_hour(context: ScheduleEvaluationContext) -> RunRequest | SkipReason:
        """A load, unless the last one or what follows from it is still at work: a first load may take hours."""
        for name in (LOAD, PUBLISH):
            if context.instance.get_runs_count(RunsFilter(job_name=name, statuses=UNFINISHED)):
                return SkipReason(f"The last {name} is still at work.")
        return RunRequest()

    return every_quarter_of_an_hour


def _then(
    status: DagsterRunStatus,
    name: str,
    load: UnresolvedAssetJobDefinition,
    publish: UnresolvedAssetJobDefinition,
) -> RunStatusSensorDefinition:
    @run_status_sensor(
        run_status=status,
        name=name,
        description="Build and publish once a load is over, whichever accounts it could read.",
        minimum_interval_seconds=LOOKS_EVERY_SECONDS,
        monitored_jobs=[load],
        request_job=publish,
        default_status=DefaultSensorStatus.RUNNING,
    )
    def sensor(context: RunStatusSensorContext) -> RunRequest:
        return RunRequest(run_key=context.dagster_run.run_id)

    return sensor
