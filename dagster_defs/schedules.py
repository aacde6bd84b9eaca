"""When things run by themselves: every quarter of an hour all accounts are loaded, then the rest is done.

These are two jobs, because within one a step that fails takes along everything built upon it: a gateway that does
not answer fails its own tables in `load`, and `publish` goes on with what the others brought and what is known of
that one. Each night the invoice run of the day before issues what came too late for that day's own runs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

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

from dagster_defs.deliver import BY_DAY
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


def timetable(loaded: Sequence[AssetCheckKey], first_day: date, time_zone: str) -> Timetable:
    """Return what runs when.

    Args:
        loaded: the checks that a load makes itself; all others of raw tables are dbt's, and come with a build.
        first_day: the first one that has an invoice run of its own.
        time_zone: the company's, in which days and nights are meant.
    """
    raw = AssetSelection.groups(GROUP).without_checks()
    checks = AssetSelection.checks(*loaded)
    settled = AssetSelection.assets("settled_actions")
    by_day = AssetSelection.assets(BY_DAY)
    load = define_asset_job(
        LOAD,
        selection=raw | checks | settled,
        description="Settle actions and load every account. A gateway that fails holds up no other.",
    )
    publish = define_asset_job(
        PUBLISH,
        selection=AssetSelection.all() - raw - checks - settled - by_day - AssetSelection.assets(WORKER),
        description="Build, check, publish, deliver: from whatever is loaded.",
    )
    reconcile = define_asset_job(
        "reconcile", selection=settled, description="Ask the gateways about actions without an outcome."
    )
    invoice_run = define_asset_job(
        "invoice_run",
        selection=by_day,
        description="Issue and mail what one day's payments and refunds are due.",
    )
    return Timetable(
        jobs=[load, publish, reconcile, invoice_run],
        schedules=[_every_quarter_of_an_hour(load), _every_night(invoice_run, first_day, time_zone)],
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


def _every_night(
    invoice_run: UnresolvedAssetJobDefinition, first_day: date, time_zone: str
) -> ScheduleDefinition:
    @schedule(
        job=invoice_run,
        cron_schedule="0 3 * * *",
        execution_timezone=time_zone,
        default_status=DefaultScheduleStatus.RUNNING,
    )
    def every_night(context: ScheduleEvaluationContext) -> RunRequest | SkipReason:
        """The invoice run of the day before."""
        day = context.scheduled_execution_time.astimezone(ZoneInfo(time_zone)).date() - timedelta(days=1)
        if day < first_day:
            return SkipReason(f"Documents are issued for payments from {first_day} on.")
        return RunRequest(run_key=day.isoformat(), partition_key=day.isoformat())

    return every_night


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
