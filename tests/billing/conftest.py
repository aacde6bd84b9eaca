"""Fixtures of the kernel's tests: a store on each database, a minimal configuration, a still clock."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from billing import clock
from billing.settings_model import Warehouse
from billing.store import open_store

MINIMAL = """\
[company]
name = "Lampa Studio GmbH"
address = ["Lampenweg 1", "10115 Berlin"]
country = "DE"
email = "billing@lampa.example"
"""


@pytest.fixture
def write_config(tmp_path: Path) -> Callable[[str], Path]:
    """Write billhouse.toml with the company and the given tables; return its path."""

    def write(text: str = "", head: str = MINIMAL) -> Path:
        path = tmp_path / "billhouse.toml"
        path.write_text(head + text)
        return path

    return write


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty store on each database that Billhouse supports."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'store' / 'billhouse.db'}"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture
def store(store_url: str) -> Iterator[Engine]:
    """A migrated store on each database."""
    engine = open_store(store_url)
    yield engine
    engine.dispose()


class StillClock:
    """A clock that moves only when a test says so."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment

    def advance(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


@pytest.fixture
def still_clock() -> Iterator[StillClock]:
    """Billhouse's clock, standing still until advanced."""
    still = StillClock()
    clock.replace(still)
    yield still
    clock.replace(None)


@pytest.fixture
def folder_warehouse(tmp_path: Path) -> Warehouse:
    """An empty DuckDB warehouse."""
    return Warehouse(dir=tmp_path / "warehouse")
