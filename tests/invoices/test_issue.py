"""Numbers of each series have no gap and no twin, whoever dies when; a charge gets one document, ever."""

import multiprocessing
import os
import random
import signal
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from billing.settings_model import Settings
from billing.store import audit, open_store, transaction
from billing.store.tables import document_series, documents, outbox
from billing.warehouse.reader import DuckDBReader
from invoices import facts, issue
from invoices.snapshot import Draft, Kind
from tests.invoices import marts
from tests.invoices.conftest import MovableClock

THREADS, CHARGES = 6, 40
NO_PREFIX: dict[str, str] = {}


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
        rows = [marts.due_charge(f"ch_{n:03d}") for n in range(count)]
        publish()
        return facts.drafts(make_settings(), reader, rows, Counter())

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
                issue.issue(store, NO_PREFIX, own[n : n + 7])
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
    issue.issue(store, NO_PREFIX, made[:2])
    put = issue.outbox.put

    def dies(connection: Any, topic: str, key: str, payload: dict[str, Any]) -> bool:
        put(connection, topic, key, payload)
        raise ConnectionError("the process is gone")

    monkeypatch.setattr(issue.outbox, "put", dies)
    with pytest.raises(ConnectionError):
        issue.issue(store, NO_PREFIX, made[2:4])
    monkeypatch.undo()
    assert issue.issue(store, NO_PREFIX, made) == ["R-2026-00003", "R-2026-00004", "R-2026-00005"]
    assert [number for _, number in numbers(store)] == [1, 2, 3, 4, 5]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills a forked process")
def test_a_killed_process_leaves_no_gap(tmp_path: Path, drafts: Callable[..., list[Draft]]) -> None:
    """A process is killed inside the transaction, after the rows were written and before they were committed."""
    made, url = drafts(4), f"sqlite:///{tmp_path}/killed.db"
    open_store(url).dispose()
    child = os.fork()
    if child == 0:
        issue.audit.record = lambda *_: os._exit(9)
        issue.issue(open_store(url), NO_PREFIX, made[:3])
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    engine = open_store(url)
    assert numbers(engine) == []
    issue.issue(engine, NO_PREFIX, made)
    assert [number for _, number in numbers(engine)] == [1, 2, 3, 4]
    engine.dispose()


def test_numbers_start_again_with_the_sellers_new_year(
    store: Engine, drafts: Callable[..., list[Draft]], moment: MovableClock
) -> None:
    """23:30 UTC on New Year's Eve is the new year in Berlin."""
    made = drafts(2)
    assert issue.issue(store, NO_PREFIX, made[:1]) == ["R-2026-00001"]
    moment.now = moment.now.replace(month=12, day=31, hour=23, minute=30)
    assert issue.issue(store, NO_PREFIX, made[1:]) == ["R-2027-00001"]


def test_the_same_charge_is_issued_once(store: Engine, drafts: Callable[..., list[Draft]]) -> None:
    made = drafts(3)
    assert len(issue.issue(store, NO_PREFIX, [*made, *made])) == 3
    assert issue.issue(store, NO_PREFIX, made) == []
    assert issue.issue(store, {"company": "OTHER"}, made) == []


def test_each_entity_kind_and_year_has_a_series_of_its_own(
    store: Engine, drafts: Callable[..., list[Draft]]
) -> None:
    made = [draft.model_copy(update={"kind": Kind.INVOICE}) for draft in drafts(5)]
    made[1] = made[1].model_copy(update={"kind": Kind.RECEIPT})
    made[3] = made[3].model_copy(update={"seller": made[3].seller.model_copy(update={"entity": "us"})})
    labels = issue.issue(store, {"company": "", "us": "US"}, made)
    assert labels == [
        "INV-2026-00001", "R-2026-00001", "INV-2026-00002", "US-INV-2026-00001", "INV-2026-00003",
    ]  # fmt: skip


def test_a_charge_gets_no_second_document_of_another_kind(
    store: Engine, drafts: Callable[..., list[Draft]]
) -> None:
    (one,) = drafts(1)
    issue.issue(store, NO_PREFIX, [one])
    assert issue.issue(store, NO_PREFIX, [one.model_copy(update={"kind": Kind.INVOICE})]) == []


def _work(url: str, texts: list[str], seed: int, dies: bool) -> None:
    """Issue all drafts in an order of its own, in small batches; one that dies does so inside a transaction."""
    order, engine = random.Random(seed), open_store(url)
    made = [Draft.model_validate_json(text) for text in texts]
    order.shuffle(made)
    if dies:
        record, left = issue.audit.record, order.randrange(5, 60)

        def record_or_die(connection: Any, entry: Any) -> None:
            nonlocal left
            left -= 1
            if left <= 0:
                os.kill(os.getpid(), signal.SIGKILL)
            record(connection, entry)

        issue.audit.record = record_or_die  # type: ignore[assignment]
    for n in range(0, len(made), 5):
        issue.issue(engine, {"company": "", "us": "US"}, made[n : n + 5])
    engine.dispose()


@pytest.mark.slow
def test_twenty_processes_that_issue_and_die_leave_no_gap_and_no_twin(
    store: Engine, drafts: Callable[..., list[Draft]]
) -> None:
    """Half of twenty processes are killed in the middle of a transaction; the others still issue each once."""
    made = drafts(200)
    kinds = (Kind.INVOICE, Kind.RECEIPT, Kind.BRANDED_COPY)
    for n, draft in enumerate(made):
        seller = draft.seller.model_copy(update={"entity": ("company", "us")[n % 2]})
        made[n] = draft.model_copy(update={"kind": kinds[n % 3], "seller": seller})
    texts = [draft.model_dump_json() for draft in made]
    url = store.url.render_as_string(hide_password=False)
    spawn = multiprocessing.get_context("spawn")
    workers = [spawn.Process(target=_work, args=(url, texts, n, n % 2 == 0)) for n in range(20)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sum(worker.exitcode == -signal.SIGKILL for worker in workers) >= 1
    assert {worker.exitcode for worker in workers} <= {0, -signal.SIGKILL}
    series: dict[str, list[int]] = defaultdict(list)
    for name, number in numbers(store):
        series[name].append(number)
    assert len(series) == 6
    assert all(found == list(range(1, len(found) + 1)) for found in series.values())
    with transaction(store) as connection:
        refs = connection.execute(select(documents.c.object_ref)).scalars().all()
        assert sorted(refs) == sorted(draft.object_ref for draft in made)
        assert len(connection.execute(select(outbox.c.key)).all()) == len(made)
        assert audit.verify(connection) == []
        last = {row.series: row.last_number for row in connection.execute(select(document_series))}
    assert last == {name: len(found) for name, found in series.items()}
