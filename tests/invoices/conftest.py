"""A company, a store and a mailbox for the tests of documents."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import pytest
import stamina
from sqlalchemy import Engine

from billing import clock
from billing.settings_model import Settings
from billing.store import open_store
from billing.warehouse.reader import DuckDBReader
from tests.conftest import Sandbox
from tests.invoices import marts
from tests.invoices.vies_register import Register

NOW = datetime(2026, 11, 23, 18, 5, tzinfo=UTC)


class Mailbox:
    """What arrived at the sandbox's mail server since the test began."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.clear()

    def clear(self) -> None:
        httpx.delete(f"{self.sandbox.url}/mail/messages").raise_for_status()
        self.sandbox.forget("faults")

    def messages(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = httpx.get(f"{self.sandbox.url}/mail/messages").json()
        return found

    def raw(self, message: dict[str, Any]) -> bytes:
        return httpx.get(f"{self.sandbox.url}/mail/messages/{message['n']}/raw").content


class MovableClock:
    """A clock that stands still until a test moves it."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture(autouse=True)
def moment() -> Iterator[MovableClock]:
    movable = MovableClock()
    clock.replace(movable)
    yield movable
    clock.replace(None)


@pytest.fixture
def mailbox(sandbox: Sandbox) -> Iterator[Mailbox]:
    box = Mailbox(sandbox)
    yield box
    box.clear()


@pytest.fixture
def make_settings(tmp_path: Path) -> Callable[..., Settings]:
    """Build settings; a keyword replaces a table."""

    def make(smtp_port: int = 1, **tables: Any) -> Settings:
        plain = {
            "company": {
                "name": "Lampa Studio GmbH",
                "address": ["Lindenstraße 5", "10969 Berlin"],
                "country": "DE",
                "tax_id": "DE123456788",
                "email": "billing@lampa.example",
                "website": "lampa.example",
                "time_zone": "Europe/Berlin",
            },
            "warehouse": {"dir": tmp_path / "warehouse"},
            "var": tmp_path / "var",
            "documents": {"start": "2026-11-01"},
            "mail": {
                "host": "127.0.0.1",
                "port": smtp_port,
                "security": "none",
                "sender": "receipts@lampa.example",
                "reply_to": "support@lampa.example",
            },
        }
        return Settings.model_validate(plain | tables)

    return make


@pytest.fixture
def settings(make_settings: Callable[..., Settings], sandbox: Sandbox) -> Settings:
    """Settings whose mail goes to the sandbox."""
    return make_settings(sandbox.smtp_port)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    opened = open_store(f"sqlite:///{tmp_path}/store.db")
    yield opened
    opened.dispose()


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[DuckDBReader]:
    opened = DuckDBReader(tmp_path / "warehouse")
    yield opened
    opened.close()


@pytest.fixture
def publish(tmp_path: Path) -> Callable[..., None]:
    """Publish mart rows: publish(charges=[...], invoices=[...])."""
    return lambda **tables: marts.publish(tmp_path / "warehouse", **tables)


@pytest.fixture
def register() -> Iterator[Register]:
    made = Register()
    Thread(target=made.server.serve_forever, args=(0.02,), daemon=True).start()
    with stamina.set_testing(True, attempts=3):
        yield made
    made.server.shutdown()
    made.server.server_close()
