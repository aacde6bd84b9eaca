"""What Dagster loads: gathers the other modules' definitions and does nothing else.

Loading reads billhouse.toml (see BILLHOUSE_CONFIG) and dbt's manifest, which is parsed where it is missing.
"""

import json
from datetime import date

from dagster import Definitions, in_process_executor

from billing import clock, settings
from dagster_defs import checks, deliver, ingest, schedules, sensors, transform
from dagster_defs.house import HouseResource
from pipelines.build import prepare


def build() -> Definitions:
    """Return everything that Dagster shows and runs, for the configuration that BILLHOUSE_CONFIG names.

    Raises:
        ConfigError: the configuration or the dbt project is not as it should be.
    """
    path = settings.config_path()
    read = settings.load(path)
    manifest = json.loads(prepare(read).read_text(encoding="utf-8"))
    # Without a configured start it is the first run's day, which the run itself minds.
    first = read.documents.start or date(clock.now().year - 1, 1, 1)
    zone = read.company.time_zone
    times = schedules.timetable(ingest.loaded_checks(manifest), first, zone)
    return Definitions(
        assets=[
            *ingest.assets(manifest),
            transform.assets(manifest),
            *deliver.ASSETS,
            deliver.documents_by_day(first, zone),
            *sensors.ASSETS,
        ],
        asset_checks=[*checks.CHECKS, *sensors.CHECKS],
        jobs=times.jobs,
        schedules=times.schedules,
        sensors=[*times.sensors, *sensors.SENSORS],
        resources={"house": HouseResource(config=str(path))},
        executor=in_process_executor,
    )


defs = build()
