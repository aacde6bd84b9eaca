"""Dagster starts, answers, runs its schedule and goes: all of it, within ten seconds of SIGTERM."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import psutil
import pytest
from dagster import DagsterInstance, DagsterRunStatus, job

from billing import settings
from dagster_defs.launch import bury_dead_runs, command

ROOT = Path(__file__).parents[2]
QUESTION = """{
  workspaceOrError { ... on Workspace { locationEntries {
    name loadStatus
    locationOrLoadError {
      ... on RepositoryLocation { repositories { jobs { name } schedules { name scheduleState { status } } } }
      ... on PythonError { message }
    }
  } } }
  instance { daemonHealth { allDaemonStatuses { daemonType required healthy } } }
}"""


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def ask(port: int) -> dict[str, object] | None:
    try:
        answer = httpx.post(f"http://127.0.0.1:{port}/graphql", json={"query": QUESTION}, timeout=10)
        return answer.json()["data"] if answer.status_code == 200 else None
    except (httpx.HTTPError, ValueError):
        return None


def wait_for(port: int, process: subprocess.Popen[bytes], log: Path, seconds: int = 120) -> dict[str, object]:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()[-3000:]
        found = ask(port)
        if found and '"every_quarter_of_an_hour"' in str(found).replace("'", '"'):
            return found
        time.sleep(1)
    raise AssertionError(f"Dagster did not answer: {log.read_text()[-3000:]}")


def gone(process: psutil.Process) -> bool:
    """Ended, though perhaps not yet collected: some containers' first process collects nobody."""
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


@pytest.mark.slow
def test_dagster_starts_answers_and_goes_without_a_trace(
    write_config: Callable[..., Path], tmp_path: Path
) -> None:
    port = free_port()
    config = write_config(dagster_port=port)
    log = tmp_path / "dagster.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "dagster_defs", "--config", str(config)],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            cwd=tmp_path,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        found = str(wait_for(port, process, log))
        assert "'load'" in found
        assert "'publish'" in found
        assert "'RUNNING'" in found
        family = psutil.Process(process.pid).children(recursive=True)
        assert family, "the webserver and the daemon are processes of their own"
        process.send_signal(signal.SIGTERM)
        begun = time.monotonic()
        process.wait(10)
        _, alive = psutil.wait_procs(family, timeout=max(0.1, 10 - (time.monotonic() - begun)))
        assert [one for one in alive if not gone(one)] == [], log.read_text()[-3000:]
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    assert (settings.load(config).var / "dagster" / "dagster.yaml").exists()
    assert not (tmp_path / "tmp").exists(), "nothing is left where it was started"


def test_the_home_is_under_var_and_telemetry_is_off(write_config: Callable[..., Path]) -> None:
    config = write_config()
    arguments, environment = command(settings.load(config), config)
    home = Path(environment["DAGSTER_HOME"])
    assert home == settings.load(config).var / "dagster"
    assert "telemetry:\n  enabled: false" in (home / "dagster.yaml").read_text()
    assert environment["BILLHOUSE_CONFIG"] == str(config)
    assert "dagster_defs.definitions" in arguments


def test_a_run_that_died_with_dagster_does_not_hold_up_the_next(
    write_config: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    config = write_config()
    _, environment = command(settings.load(config), config)
    monkeypatch.setenv("DAGSTER_HOME", environment["DAGSTER_HOME"])
    with DagsterInstance.get() as instance:
        dead = instance.create_run_for_job(one_step, status=DagsterRunStatus.STARTED)
        instance.event_log_storage.set_concurrency_slots("warehouse_writer", 1)
        instance.event_log_storage.claim_concurrency_slot("warehouse_writer", dead.run_id, "load_stripe")
    bury_dead_runs()
    with DagsterInstance.get() as instance:
        assert instance.get_run_by_id(dead.run_id).status == DagsterRunStatus.FAILURE
        assert instance.event_log_storage.get_concurrency_info("warehouse_writer").active_slot_count == 0


@job
def one_step() -> None:
    """Nothing to do."""
