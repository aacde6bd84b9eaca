"""Numbers have no gap and no twin, under threads and processes that die; a charge gets one receipt, ever."""

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from billing.settings_model import Settings
from billing.store import audit, open_store, transaction
from billing.store.tables import documents, outbox
from billing.warehouse.reader import DuckDBReader
from invoices import facts, issue
from invoices.snapshot import Draft
from tests.invoices import marts
from tests.invoices.conftest import MovableClock

THREADS, CHARGES = 6, 40


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A store on each database."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/numbers.db"
    else:
        url = request.getfixturevalue("postgres_url")
    engine = open_store(url)
    yield engine
    engine.dispose()


@pytest.fixture
def drafts(
    make_settings: Callable[..., Settings], reader: DuckDBReader, publish: Callable[..., None]
) -> Callable[..., list[Draft]]:
    """Make drafts of so many charges."""

    def make(count: int = CHARGES) -> list[Draft]:
        rows = [marts.charge(f"ch_{n:03d}", paid_at=marts.PAID_AT) for n in range(count)]
        publish()
        return facts.drafts(make_settings(), reader, rows)

    return make


def numbers(engine: Engine) -> list[tuple[str, int]]:
    with transaction(engine) as connection:
        query = select(documents.c.series, documents.c.number).order_by(documents.c.id)
        return [(row.series, row.number) for row in connection.execute(query)]


def test_numbers_follow_each_other_under_concurrency(
    store: Engine, drafts: Callable[..., list[Draft]]
) -> None:
    """Six threads issue overlapping lists in small batches; every charge comes out once, no number is missing."""
    made, barrier, errors = drafts(), threading.Barrier(THREADS), []

    def work(shift: int) -> None:
        own = made[shift * 5 :] + made[: shift * 5]
        barrier.wait()
        try:
            for n in range(0, len(own), 7):
                issue.issue(store, "R", own[n : n + 7])
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert sorted(numbers(store)) == [("R-2026", n) for n in range(1, CHARGES + 1)]
    with transaction(store) as connection:
        assert len(set(connection.execute(select(documents.c.object_ref)).scalars())) == CHARGES
        assert connection.execute(select(outbox.c.key)).all().__len__() == CHARGES
        assert audit.verify(connection) == []


def test_a_rolled_back_issue_leaves_no_gap(
    store: Engine, drafts: Callable[..., list[Draft]], monkeypatch: Any
) -> None:
    made = drafts(5)
    issue.issue(store, "R", made[:2])
    put = issue.outbox.put

    def dies(connection: Any, topic: str, key: str, payload: dict[str, Any]) -> bool:
        put(connection, topic, key, payload)
        raise ConnectionError("the process is gone")

    monkeypatch.setattr(issue.outbox, "put", dies)
    with pytest.raises(ConnectionError):
        issue.issue(store, "R", made[2:4])
    monkeypatch.undo()
    assert issue.issue(store, "R", made) == ["R-2026-00003", "R-2026-00004", "R-2026-00005"]
    assert [number for _, number in numbers(store)] == [1, 2, 3, 4, 5]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills a forked process")
def test_a_killed_process_leaves_no_gap(tmp_path: Path, drafts: Callable[..., list[Draft]]) -> None:
    """A process is killed inside the transaction, after the rows were written and before they were committed."""
    made, url = drafts(4), f"sqlite:///{tmp_path}/killed.db"
    open_store(url).dispose()
    child = os.fork()
    if child == 0:
        issue.audit.record = lambda *_: os._exit(9)
        issue.issue(open_store(url), "R", made[:3])
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    engine = open_store(url)
    assert numbers(engine) == []
    issue.issue(engine, "R", made)
    assert [number for _, number in numbers(engine)] == [1, 2, 3, 4]
    engine.dispose()


def test_numbers_start_again_with_the_sellers_new_year(
    store: Engine, drafts: Callable[..., list[Draft]], moment: MovableClock
) -> None:
    """23:30 UTC on New Year's Eve is the new year in Berlin."""
    made = drafts(2)
    assert issue.issue(store, "R", made[:1]) == ["R-2026-00001"]
    moment.now = moment.now.replace(month=12, day=31, hour=23, minute=30)
    assert issue.issue(store, "R", made[1:]) == ["R-2027-00001"]


def test_the_same_charge_is_issued_once(store: Engine, drafts: Callable[..., list[Draft]]) -> None:
    made = drafts(3)
    assert len(issue.issue(store, "R", [*made, *made])) == 3
    assert issue.issue(store, "R", made) == []
    assert issue.issue(store, "OTHER", made) == []
