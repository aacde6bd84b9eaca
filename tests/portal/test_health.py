"""Health: the store decides; the published copy's age is told."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from sqlalchemy.exc import OperationalError
from starlette.testclient import TestClient

from billing import clock
from billing.settings_model import Settings
from billing.warehouse.publish import publish


def test_health_before_the_first_publish(client: TestClient) -> None:
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "store": "ok", "published": "nothing yet"}


def test_health_tells_the_age_of_the_published_copy(client: TestClient, settings: Settings) -> None:
    folder: Path = settings.warehouse.dir
    folder.mkdir(parents=True)
    connection = duckdb.connect(str(folder / "marts.duckdb"))
    connection.execute("create schema marts")
    connection.close()
    published_at = datetime(2026, 11, 23, 12, tzinfo=UTC)
    try:
        clock.replace(lambda: published_at)
        publish(settings.warehouse)
        clock.replace(lambda: published_at + timedelta(minutes=2))
        published = client.get("/healthz").json()["published"]
    finally:
        clock.replace(None)
    assert published == {
        "snapshot": "serve-1",
        "published_at": "2026-11-23T12:00:00+00:00",
        "age_seconds": 120,
    }


def test_health_is_bad_when_the_store_does_not_answer(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise OperationalError("select 1", {}, Exception("disk I/O error"))

    monkeypatch.setattr("sqlalchemy.engine.Connection.execute", broken)
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["store"]) == (503, "does not answer")
