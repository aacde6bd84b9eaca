"""A configuration for Dagster's definitions, and the definitions built for it."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from dagster import DagsterInstance, Definitions

from billhouse import demo_config, demo_helpdesks
from billing import settings
from pipelines.build import prepare

NOWHERE = "http://127.0.0.1:1"


@pytest.fixture(scope="session")
def parsed_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A `var` folder with dbt's manifest in it: parsing takes seconds, so all tests share the result."""
    config = demo_config.write(
        tmp_path_factory.mktemp("parsed"),
        url=NOWHERE,
        smtp_port=1,
        dashboard_port=1,
        portal_port=1,
        dagster_port=1,
    )
    read = settings.load(config)
    prepare(read)
    return read.var


@pytest.fixture
def write_config(tmp_path: Path, parsed_project: Path) -> Callable[..., Path]:
    """Write the demo's configuration for a sandbox, or for one that does not answer; return its path."""

    def write(sandbox: Any = None, dagster_port: int = 13000) -> Path:
        config = demo_config.write(
            tmp_path / "house",
            url=sandbox.url if sandbox else NOWHERE,
            smtp_port=sandbox.smtp_port if sandbox else 1,
            dashboard_port=18501,
            portal_port=18600,
            dagster_port=dagster_port,
        )
        shutil.copytree(parsed_project / "dbt", settings.load(config).var / "dbt")
        if sandbox:
            demo_helpdesks.prepare(sandbox.url)
        return config

    return write


@pytest.fixture
def definitions_for(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], Definitions]:
    """Build the definitions as Dagster would, for a configuration file."""

    def build(config: Path) -> Definitions:
        monkeypatch.setenv("BILLHOUSE_CONFIG", str(config))
        from dagster_defs import definitions  # its import already needs the configuration

        return definitions.build()

    return build


@pytest.fixture
def instance() -> Iterator[DagsterInstance]:
    """Dagster's own storage, in memory."""
    with DagsterInstance.ephemeral() as ephemeral:
        yield ephemeral
