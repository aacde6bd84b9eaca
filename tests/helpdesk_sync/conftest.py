"""A Zendesk account in the sandbox, a store, and a published copy of contexts made by hand."""

import uuid
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import httpx
import pytest
from sqlalchemy import Engine

from billing.settings_model import Settings
from billing.store import open_store
from billing.warehouse import paths
from billing.warehouse.reader import DuckDBReader
from tests.conftest import Sandbox

AUTH = ("api@lampa.example/token", "zendesk_sandbox_token")
COLUMNS = (
    "email_key text, plan text, subscription_status text, renews_at timestamp, past_due text, open_amount text, "
    "last_charge text, lifetime_value text, open_disputes bigint, gateways text"
)


class Desk:
    """The sandbox's Zendesk, as an admin sees it."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.http = httpx.Client(base_url=f"{sandbox.url}/zendesk/api/v2", auth=AUTH)
        sandbox.control("limits", **{"zendesk.account": 100_000})
        self.reset()

    def reset(self) -> None:
        """Forget faults, requests and counted writes."""
        for path in ("faults", "requests", "helpdesk_writes"):
            self.sandbox.forget(path)

    def add(self, email: str, **more: Any) -> str:
        """Create a user and return the id."""
        answer = self.http.post("/users", json={"user": {"name": email, "email": email, **more}})
        answer.raise_for_status()
        return str(answer.json()["user"]["id"])

    def fields(self, user_id: str) -> dict[str, Any]:
        """Return a user's field values."""
        values: dict[str, Any] = self.http.get(f"/users/{user_id}").json()["user"]["user_fields"]
        return values

    def writes(self) -> int:
        return int(self.sandbox.control("helpdesk_writes")["zendesk"])

    def requests(self, path: str) -> list[dict[str, Any]]:
        """Return the logged requests to a path, without /zendesk/api/v2."""
        found: list[dict[str, Any]] = self.sandbox.control(f"requests?prefix=/zendesk/api/v2{path}")
        return found

    def fault(self, path: str, **what: Any) -> None:
        self.sandbox.control("faults", path=f"/zendesk/api/v2{path}", **what)


@pytest.fixture
def desk(sandbox: Sandbox) -> Iterator[Desk]:
    one = Desk(sandbox)
    yield one
    one.reset()
    one.http.close()


@pytest.fixture
def domain() -> str:
    """A mail domain of this test's own, since the helpdesk is shared."""
    return f"{uuid.uuid4().hex[:12]}.example"


@pytest.fixture
def settings(tmp_path: Path, sandbox: Sandbox) -> Settings:
    return Settings.model_validate(
        {
            "company": {"name": "Lampa", "address": ["Road 1"], "country": "DE", "email": "a@lampa.example"},
            "warehouse": {"dir": tmp_path / "warehouse"},
            "helpdesks": {
                "zendesk": [
                    {
                        "account": "main",
                        "base_url": f"{sandbox.url}/zendesk",
                        "email": "api@lampa.example",
                        "api_token": "zendesk_sandbox_token",
                    }
                ]
            },
        }
    )


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


def context(email_key: str, **changed: Any) -> dict[str, Any]:
    """What the marts say of one person."""
    return {
        "email_key": email_key,
        "plan": "Pro monthly",
        "subscription_status": "past_due",
        "renews_at": datetime.fromisoformat("2026-12-12T10:00"),
        "past_due": "49.00 EUR",
        "open_amount": "49.00 EUR",
        "last_charge": "49.00 EUR, paid, 2026-11-20",
        "lifetime_value": "490.00 EUR",
        "open_disputes": 0,
        "gateways": "stripe",
    } | changed


@pytest.fixture
def publish(tmp_path: Path) -> Callable[..., None]:
    """Publish contexts: publish([context(..), ..])."""
    folder = tmp_path / "warehouse"

    def write(rows: list[dict[str, Any]]) -> None:
        folder.mkdir(exist_ok=True)
        name = paths.serve_name(len(paths.published_copies(folder)) + 1)
        with duckdb.connect(str(folder / name)) as connection:
            connection.execute("create schema marts")
            connection.execute(f"create table marts.helpdesk_contexts ({COLUMNS})")
            if rows:
                marks = ", ".join("?" for _ in rows[0])
                values = [list(row.values()) for row in rows]
                connection.executemany(f"insert into marts.helpdesk_contexts values ({marks})", values)
        (folder / paths.CURRENT).write_text(name)

    return write
