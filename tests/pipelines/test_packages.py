"""A long stream is merged in packages; the cursor comes with the last of them, or not at all."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from billing.errors import Transient
from billing.settings_documents import LegalEntity
from billing.settings_model import Settings, Warehouse
from pipelines import destination, packages
from pipelines.raw import Batch, Row, Rows

BATCH = Batch.after(None, "acme_eu", "v1")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    company = LegalEntity(name="Bench", address=["Here"], country="DE", email="bench@example.com")
    return Settings(company=company, warehouse=Warehouse(dir=tmp_path / "warehouse"), var=tmp_path)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "PACKAGE_ROWS", 3)


def stream(*ids: str, breaks: bool = False) -> Iterator[Rows]:
    for id in ids:
        yield "charges", [Row(id, 1, f'{{"id": "{id}"}}')]
    if breaks:
        raise Transient("It broke off.")


def move(state: dict[str, Any]) -> None:
    state["cursor"] = "moved"


def load(settings: Settings, rows: Iterator[Rows], lacking: tuple[str, ...] = ()) -> None:
    with destination.open_pipeline(settings, "acme") as pipeline:
        packages.load(pipeline, "acme", lacking, BATCH, rows, move)


def held(settings: Settings) -> list[str]:
    return [row[0] for row in destination.ask(settings, "select id from raw_acme.charges order by id")]


def state(settings: Settings) -> dict[str, Any]:
    with destination.open_pipeline(settings, "acme") as pipeline:
        return destination.state(pipeline, "acme")


@pytest.mark.parametrize("ids", ["", "a", "abc", "abcd", "abcdefgh"])
def test_all_rows_and_the_cursor_arrive(settings: Settings, ids: str) -> None:
    load(settings, stream(*ids), ("charges", "refunds"))
    assert held(settings) == list(ids)
    assert state(settings) == {"last_batch": BATCH.id, "cursor": "moved"}
    assert ("raw_acme", "refunds") in destination.present(settings)


def test_what_came_before_a_break_stays_and_the_cursor_does_not_move(settings: Settings) -> None:
    with pytest.raises(Transient, match="It broke off"):
        load(settings, stream("a", "b", "c", "d", breaks=True))
    assert held(settings) == ["a", "b", "c"]
    assert state(settings) == {"last_batch": BATCH.id}, "no later batch may have an id before this one"
    load(settings, stream("a", "b", "c", "d", "e"))
    assert held(settings) == ["a", "b", "c", "d", "e"]
    assert state(settings)["cursor"] == "moved"
