"""When things run by themselves: a full cycle every quarter of an hour."""

from dagster import (
    AssetSelection,
    DagsterRunStatus,
    DefaultScheduleStatus,
    RunRequest,
    RunsFilter,
    ScheduleDefinition,
    ScheduleEvaluationContext,
    SkipReason,
    define_asset_job,
    schedule,
)

from dagster_defs.sensors import WORKER

UNFINISHED = [
    DagsterRunStatus.QUEUED,
    DagsterRunStatus.NOT_STARTED,
    DagsterRunStatus.STARTING,
    DagsterRunStatus.STARTED,
]

cycle = define_asset_job(
    "cycle",
    selection=AssetSelection.all() - AssetSelection.assets(WORKER),
    description="Settle, load, build, check, publish, deliver.",
)
reconcile = define_asset_job(
    "reconcile",
    selection=AssetSelection.assets("settled_actions"),
    description="Ask the gateways about actions without an outcome.",
)


@schedule(job=cycle, cron_schedule="*/15 * * * *", default_status=DefaultScheduleStatus.RUNNING)
def every_quarter_of_an_hour(context: ScheduleEvaluationContext) -> RunRequest | SkipReason:
    """A full cycle, unless the last one is still at work: a first load may take hours."""
    unfinished = RunsFilter(job_name=cycle.name, statuses=UNFINISHED)
    if context.instance.get_runs_count(unfinished):
        return SkipReason("The last cycle is still at work.")
    return RunRequest()


JOBS = [cycle, reconcile]
SCHEDULES: list[ScheduleDefinition] = [every_quarter_of_an_hour]
