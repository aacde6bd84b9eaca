"""How Dagster is started and stopped: its home under `var`, its few settings, and no process left behind.

`dagster dev` ends at SIGTERM without waiting for its code server and a run at work, which then outlive it. So it is
run inside a small process of ours, which ends only when the whole process group is gone.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil

from billing.settings import Settings

ROOT = Path(__file__).parents[1]
PATIENCE_SECONDS = 5  # between the polite signal and the other one; who started us waits eight

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
    environment = {"DAGSTER_HOME": str(home), "BILLHOUSE_CONFIG": str(config_path.resolve())}
    return arguments, environment


def bury_dead_runs() -> None:
    """Close the runs that were at work when Dagster last stopped: else they would hold up the next ones for ever.

    Only before Dagster starts, when nothing can be at work.
    """
    from dagster import (  # seconds to import: `command` needs none
        DagsterInstance,
        DagsterRunStatus,
        RunsFilter,
    )

    at_work = [
        DagsterRunStatus.NOT_STARTED,
        DagsterRunStatus.STARTING,
        DagsterRunStatus.STARTED,
        DagsterRunStatus.CANCELING,
    ]
    with DagsterInstance.get() as instance:
        for run in instance.get_runs(RunsFilter(statuses=at_work)):
            instance.report_run_failed(run, "Dagster was stopped while this run was at work.")
            instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)


def run_whole(arguments: list[str]) -> int:
    """Run a command until it ends or we are told to end; return its exit code when all its processes are gone."""
    asked = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: asked.set())
    # Where we lead a group, its members stay in it, so that whoever started us can still end them all.
    is_leader = os.getpgrp() == os.getpid()
    process = subprocess.Popen(arguments, start_new_session=not is_leader)
    group = os.getpgrp() if is_leader else process.pid
    while process.poll() is None and not asked.wait(0.2):
        pass
    _end(process, group)
    return 0 if asked.is_set() else process.returncode


def _end(process: "subprocess.Popen[bytes]", group: int) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        _signal(group, number)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            process.poll()
            if not _members(group):
                return
            time.sleep(0.1)


def _signal(group: int, number: signal.Signals) -> None:
    for member in _members(group):
        try:
            member.send_signal(number)
        except psutil.NoSuchProcess:
            continue  # it was quicker


def _members(group: int) -> list[psutil.Process]:
    """Return the group's living processes, without ourselves."""
    found = []
    for member in psutil.process_iter():
        try:
            is_alive = member.pid != os.getpid() and member.status() != psutil.STATUS_ZOMBIE
            if is_alive and os.getpgid(member.pid) == group:
                found.append(member)
        except (psutil.NoSuchProcess, ProcessLookupError):
            continue  # gone while we looked
    return found
