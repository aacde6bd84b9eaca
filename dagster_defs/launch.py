"""How Dagster is started: its command, its home under `var`, and the few settings it needs."""

import sys
from pathlib import Path

from billing.settings import Settings

ROOT = Path(__file__).parents[1]

# SQLite storage in the home, no telemetry, one run and one writer at a time.
INSTANCE = """\
telemetry:
  enabled: false
concurrency:
  runs:
    max_concurrent_runs: 1
  pools:
    default_limit: 1
retention:
  schedule:
    purge_after_days: 7
  sensor:
    purge_after_days:
      skipped: 1
      success: 7
      failure: 30
"""


def command(settings: Settings, config_path: Path) -> tuple[list[str], dict[str, str]]:
    """Return the command that serves Dagster until SIGTERM, and what its environment holds beyond ours.

    Writes dagster.yaml into <var>/dagster, which is Dagster's home. Starts nothing.
    """
    home = settings.var / "dagster"
    home.mkdir(parents=True, exist_ok=True)
    (home / "dagster.yaml").write_text(INSTANCE)
    arguments = [
        *(sys.executable, "-m", "dagster", "dev"),
        *("--module-name", "dagster_defs.definitions", "--working-directory", str(ROOT)),
        *("--host", settings.serve.host, "--port", str(settings.serve.dagster_port)),
        *("--log-level", "warning"),
    ]
    return arguments, {"DAGSTER_HOME": str(home), "BILLHOUSE_CONFIG": str(config_path.resolve())}
