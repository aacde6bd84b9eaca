"""A sandbox of these tests' own: they change limits, fields and people, which would disturb everybody else."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest


@pytest.fixture(scope="session")
def start_sandbox(pytestconfig: pytest.Config) -> Any:
    """The function that starts a sandbox process, from the tests' top folder."""
    top = pytestconfig.pluginmanager.get_plugin(str(Path(__file__).parents[1] / "conftest.py"))
    assert top is not None
    return top.start_sandbox


@pytest.fixture(scope="session")
def specs() -> Path:
    """The folder of the vendors' schemas; tests that need it are skipped where it is absent."""
    folder = Path(__file__).parents[2].parent / "shared" / "specs"
    if not folder.is_dir():
        pytest.skip("the vendors' schemas are not on this machine")
    return folder


@pytest.fixture(scope="session")
def house(start_sandbox: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A running sandbox with a small company, shared by the tests of this folder only."""
    running = start_sandbox(tmp_path_factory.mktemp("house") / "state", "--customers", "20")
    yield running
    running.stop()


@pytest.fixture(scope="session")
def plan() -> Any:
    """Plan a fault in a running sandbox: plan(house, path="/stripe/v1/charges", kind="429")."""

    def post(running: Any, **fault: Any) -> None:
        httpx.post(f"{running.url}/control/faults", json=fault).raise_for_status()

    return post
