"""A load that is killed at a chosen step: `python -m tests.pipelines.killed_load STEP NTH URL FOLDER [POSTGRES]`.

Started by test_stripe_kills.py as a process of its own, since SIGKILL leaves nothing behind to tidy up.
"""

import itertools
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from dlt.destinations.impl.duckdb.duck import DuckDbCopyJob
from dlt.destinations.impl.postgres.postgres import PostgresCsvCopyJob
from dlt.destinations.insert_job_client import InsertValuesLoadJob
from dlt.destinations.job_client_impl import SqlLoadJob
from dlt.load.load import Load
from dlt.pipeline.pipeline import Pipeline

from pipelines.raw import Batch
from pipelines.stripe import load
from tests.pipelines.conftest import duckdb_raw, postgres_raw, stripe_account

# step -> (class, method, whether it is killed before the method runs or after it)
STEPS: dict[str, tuple[type, str, str]] = {
    "while extracting": (Batch, "to_arrow", "after"),
    "before normalizing": (Pipeline, "normalize", "before"),
    "after normalizing": (Pipeline, "normalize", "after"),
    "before loading": (Pipeline, "load", "before"),
    "after a copy": (DuckDbCopyJob, "run", "after"),
    "after a csv copy": (PostgresCsvCopyJob, "run", "after"),
    "after the cursor was stored": (InsertValuesLoadJob, "run", "after"),
    "after jobs were noted": (Load, "complete_jobs", "after"),
    "before a merge": (SqlLoadJob, "run", "before"),
    "after a merge": (SqlLoadJob, "run", "after"),
    "before the package is complete": (Load, "complete_package", "before"),
    "after the package is complete": (Load, "complete_package", "after"),
    "after loading": (Pipeline, "load", "after"),
    "never": (Pipeline, "load", "never"),
}


def kill_at(step: str, nth: int) -> None:
    """Let this process die at the nth call of a step."""
    place, name, when = STEPS[step]
    original: Callable[..., Any] = getattr(place, name)
    calls = itertools.count(1)  # dlt loads in threads: each call must have a number of its own

    def dying(*args: Any, **kwargs: Any) -> Any:
        number = next(calls)
        if when == "before" and number == nth:
            os.kill(os.getpid(), signal.SIGKILL)
        answer = original(*args, **kwargs)
        if when == "after" and number == nth:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer

    setattr(place, name, dying)


def main() -> None:
    step, nth, url, folder, *postgres = sys.argv[1:]
    account = stripe_account(SimpleNamespace(url=url))  # type: ignore[arg-type] - only its URL is asked for
    raw = postgres_raw(Path(folder), account, postgres[0]) if postgres else duckdb_raw(Path(folder), account)
    kill_at(step, int(nth))
    load(raw.settings, raw.account)


if __name__ == "__main__":
    main()
