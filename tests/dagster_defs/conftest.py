"""A configuration for Dagster's definitions, and the definitions built for it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from dagster import DagsterInstance, Definitions

from billhouse import demo_config

NOWHERE = "http://127.0.0.1:1"


@pytest.fixture
def write_config(tmp_path: Path) -> Callable[..., Path]:
    """Write the demo's configuration for a sandbox, or for one that does not answer; return its path."""

    def write(sandbox: Any = None, dagster_port: int = 13000) -> Path:
        return demo_config.write(
            tmp_path / "house",
            url=sandbox.url if sandbox else NOWHERE,
            smtp_port=sandbox.smtp_port if sandbox else 1,
            dashboard_port=18501,
            portal_port=18600,
            dagster_port=dagster_port,
        )

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
