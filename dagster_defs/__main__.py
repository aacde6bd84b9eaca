"""`python -m dagster_defs --config FILE`: serve Dagster until SIGTERM. `billhouse serve` starts it so."""

import os
import sys
from argparse import ArgumentParser
from pathlib import Path

from billing import settings
from dagster_defs.launch import bury_dead_runs, command, run_whole

if __name__ == "__main__":
    parser = ArgumentParser(prog="python -m dagster_defs", description="Serve Dagster until SIGTERM.")
    parser.add_argument("--config", type=Path, default=Path("billhouse.toml"), help="the configuration file")
    config = parser.parse_args().config
    arguments, environment = command(settings.load(config), config)
    os.environ.update(environment)
    bury_dead_runs()
    sys.exit(run_whole(arguments))
