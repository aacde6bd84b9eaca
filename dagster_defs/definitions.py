"""What Dagster loads: gathers the other modules' definitions and does nothing else.

Loading reads billhouse.toml (see BILLHOUSE_CONFIG) and dbt's manifest, which is parsed where it is missing.
"""

import json

from dagster import Definitions, in_process_executor

from billing import settings
from dagster_defs import checks, deliver, ingest, schedules, sensors, transform
from dagster_defs.house import HouseResource
from pipelines.build import prepare


def build() -> Definitions:
    """Return everything that Dagster shows and runs, for the configuration that BILLHOUSE_CONFIG names.

    Raises:
        ConfigError: the configuration or the dbt project is not as it should be.
    """
    path = settings.config_path()
    manifest = json.loads(prepare(settings.load(path)).read_text(encoding="utf-8"))
    times = schedules.timetable(ingest.loaded_checks(manifest))
    return Definitions(
        assets=[*ingest.assets(manifest), transform.assets(manifest), *deliver.ASSETS, *sensors.ASSETS],
        asset_checks=[*checks.CHECKS, *sensors.CHECKS],
        jobs=times.jobs,
        schedules=times.schedules,
        sensors=[*times.sensors, *sensors.SENSORS],
        resources={"house": HouseResource(config=str(path))},
        executor=in_process_executor,
    )


defs = build()
