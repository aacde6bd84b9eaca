"""The operational store on SQLite and PostgreSQL: migrations, transactions, queues, small tables."""

import contextlib
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, select, text

from billing.errors import ConfigError, Transient
from billing.store import checkpoints, inbox, open_store, outbox, sync_state, transaction, worker_runs
from billing.store.tables import checkpoints as checkpoints_table
from billing.store.tables import metadata
from billing.store.tables import outbox as outbox_table
from billing.store.turn import turn

ROOT = Path(__file__).parents[2]


def event(number: int = 1, account: str = "stripe_eu") -> dict[str, str]:
    return {
        "gateway": "stripe",
        "account": account,
        "event_id": f"evt_{number}",
        "event_type": "charge.refunded",
        "object_kind": "charge",
        "object_id": f"ch_{number}",
    }


def test_migrations_end_at_the_tables_in_code(store: Engine) -> None:
    with store.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_opening_again_keeps_what_is_there(store_url: str) -> None:
    first = open_store(store_url)
    with transaction(first) as connection:
        checkpoints.put(connection, "first_run", "2026-11-23")
    first.dispose()
    second = open_store(store_url)
    with transaction(second) as connection:
        assert checkpoints.get(connection, "first_run") == "2026-11-23"
    second.dispose()


def test_many_processes_may_open_a_new_store_at_once(store_url: str) -> None:
    program = "import sys; from billing.store import open_store; open_store(sys.argv[1])"
    opening = [
        subprocess.Popen(
            [sys.executable, "-c", program, store_url], cwd=ROOT, stderr=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    errors = [process.communicate(timeout=60)[1] for process in opening]
    assert [process.returncode for process in opening] == [0] * 4, errors


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("mysql://u@h/db", "not supported"),
        ("no url at all", "store.url"),
        ("postgresql://nobody@127.0.0.1:1/none", "does not answer"),
        ("sqlite:////proc/nowhere/billhouse.db", "store.url"),
    ],
)
def test_a_store_that_cannot_be_opened_says_why(url: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        open_store(url)


def test_the_password_is_not_told(postgres_url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        open_store("postgresql://nobody@127.0.0.1:1/none", password="do-not-print")
    assert "do-not-print" not in str(caught.value)


def test_a_failing_block_leaves_nothing(store: Engine) -> None:
    with contextlib.suppress(RuntimeError), transaction(store) as connection:
        checkpoints.put(connection, "half", "done")
        raise RuntimeError("power cut")
    with transaction(store) as connection:
        assert checkpoints.get(connection, "half") is None


def test_writers_wait_for_each_other_and_lose_nothing(store: Engine) -> None:
    """Read, add one, write: with a snapshot that may be upgraded, some of these would fail or be lost."""
    with transaction(store) as connection:
        checkpoints.put(connection, "sum", "0")
    errors: list[Exception] = []

    def add() -> None:
        try:
            for _ in range(10):
                with transaction(store) as connection:
                    row = select(checkpoints_table.c.value).where(checkpoints_table.c.name == "sum")
                    value = int(connection.execute(row.with_for_update()).scalar_one())
                    checkpoints.put(connection, "sum", str(value + 1))
        except Exception as error:  # the thread's error belongs to the test
            errors.append(error)

    threads = [threading.Thread(target=add) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    with transaction(store) as connection:
        assert checkpoints.get(connection, "sum") == "60"


def test_put_first_keeps_the_first_value(store: Engine) -> None:
    with transaction(store) as connection:
        assert checkpoints.put_first(connection, "first_run", "2026-11-23") == "2026-11-23"
        assert checkpoints.put_first(connection, "first_run", "2026-11-24") == "2026-11-23"


def test_an_event_is_received_once(store: Engine) -> None:
    with transaction(store) as connection:
        assert inbox.receive(connection, **event())
        assert not inbox.receive(connection, **event()), "a replay"
        assert inbox.receive(connection, **event(account="stripe_us")), "another account's event"
    with transaction(store) as connection:
        assert not inbox.receive(connection, **event())
        assert len(inbox.pending(connection)) == 2


def test_an_event_sent_by_many_threads_at_once_is_received_once(store: Engine) -> None:
    heard: list[bool] = []

    def hear() -> None:
        with transaction(store) as connection:
            heard.append(inbox.receive(connection, **event()))

    threads = [threading.Thread(target=hear) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(heard) == [False] * 7 + [True]


def test_hints_are_given_oldest_first_until_done(store: Engine) -> None:
    with transaction(store) as connection:
        for number in (3, 1, 2):
            inbox.receive(connection, **event(number))
        hints = inbox.pending(connection)
        assert [hint.event_id for hint in hints] == ["evt_3", "evt_1", "evt_2"]
        assert len(inbox.pending(connection, limit=2)) == 2
        inbox.done(connection, [hints[0].id, hints[2].id])
        assert [hint.event_id for hint in inbox.pending(connection)] == ["evt_1"]


def test_a_failed_hint_waits_longer_each_time_and_is_left_to_a_person_at_last(
    store: Engine, still_clock: Any
) -> None:
    waits = []
    with transaction(store) as connection:
        inbox.receive(connection, **event())
        while hints := inbox.pending(connection):
            inbox.failed(connection, [hints[0].id], "gateway away")
            waited = 0
            while not inbox.pending(connection) and waited < 4000:
                still_clock.advance(5)
                waited += 5
            waits.append(waited)
    assert waits[:4] == [5, 10, 20, 40]
    assert len(waits) == inbox.MAX_ATTEMPTS
    assert max(waits[:-1]) == 3600


def test_a_parcel_is_put_once_and_leaves_with_its_transaction(store: Engine) -> None:
    with transaction(store) as connection:
        assert outbox.put(connection, "mail", "charge-1", {"to": "björk@example.com"})
        assert not outbox.put(connection, "mail", "charge-1", {"to": "somebody@else.example"})
        assert outbox.put(connection, "note", "charge-1", {})
    with contextlib.suppress(RuntimeError), transaction(store) as connection:
        outbox.put(connection, "mail", "charge-2", {})
        raise RuntimeError
    with transaction(store) as connection:
        parcels = outbox.pending(connection, "mail")
        assert [parcel.payload for parcel in parcels] == [{"to": "björk@example.com"}]
        outbox.done(connection, parcels[0])
        assert outbox.pending(connection, "mail") == []
        assert not outbox.put(connection, "mail", "charge-1", {}), "delivered is not forgotten"
        assert outbox.counts(connection) == {("mail", "done"): 1, ("note", "pending"): 1}


def test_a_failed_parcel_waits_and_gives_up(store: Engine, still_clock: Any) -> None:
    with transaction(store) as connection:
        outbox.put(connection, "mail", "a", {})
        outbox.put(connection, "mail", "b", {})
        first, second = outbox.pending(connection, "mail")
        outbox.failed(connection, first, "x" * 5000)
        outbox.failed(connection, second, "no such mailbox", final=True)
        assert outbox.pending(connection, "mail") == []
        still_clock.advance(5)
        assert [parcel.key for parcel in outbox.pending(connection, "mail")] == ["a"]
        for _ in range(outbox.MAX_ATTEMPTS - 1):
            still_clock.advance(3600)
            (parcel,) = outbox.pending(connection, "mail")
            outbox.failed(connection, parcel, "still away")
        still_clock.advance(10 * 3600)
        assert outbox.pending(connection, "mail") == []
        assert outbox.counts(connection) == {("mail", "failed"): 2}
        errors = connection.execute(select(outbox_table.c.error).order_by(outbox_table.c.key)).scalars().all()
        assert list(errors) == ["still away", "no such mailbox"]


def test_a_turn_is_held_by_one_at_a_time(store: Engine) -> None:
    inside: list[int] = []
    most: list[int] = []

    def work() -> None:
        with turn(store, "mailing"):
            inside.append(1)
            most.append(len(inside))
            time.sleep(0.05)
            inside.pop()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1, 1, 1, 1]


def test_who_waits_too_long_for_a_turn_is_told(store: Engine) -> None:
    told: list[str] = []

    def wait(name: str) -> None:
        try:
            with turn(store, name, wait_seconds=1):
                told.append("held")
        except Transient as error:
            told.append(str(error))

    with turn(store, "mailing"):
        for name in ("mailing", "something else"):
            thread = threading.Thread(target=wait, args=(name,))
            thread.start()
            thread.join()
    assert told == ["Another process has been at mailing for more than 1 s.", "held"]
    wait("mailing")
    assert told[-1] == "held"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills a forked process")
def test_a_killed_process_holds_no_turn(store_url: str) -> None:
    child = os.fork()
    if child == 0:
        with turn(open_store(store_url), "mailing"):
            os._exit(9)
    os.waitpid(child, 0)
    engine = open_store(store_url)
    with turn(engine, "mailing", wait_seconds=5):
        pass
    engine.dispose()


def test_what_a_helpdesk_was_told_is_remembered(store: Engine) -> None:
    with transaction(store) as connection:
        sync_state.remember(connection, "zendesk", {"1": ("a@x", "h1"), "2": ("b@x", "h2")})
        sync_state.remember(connection, "zendesk", {"1": ("a@x", "h9")})
        sync_state.remember(connection, "other", {"1": ("a@x", "h0")})
        assert sync_state.hashes(connection, "zendesk") == {"1": "h9", "2": "h2"}
        assert sync_state.contacts(connection, "zendesk") == {"1": ("a@x", "h9"), "2": ("b@x", "h2")}
        sync_state.forget(connection, "zendesk", ["1", "unknown"])
        assert sync_state.contacts(connection, "zendesk") == {"2": ("b@x", "h2")}


def test_worker_runs_and_beats_are_kept(store: Engine) -> None:
    with transaction(store) as connection:
        assert worker_runs.last_beat(connection) is None
        worker_runs.beat(connection)
        worker_runs.beat(connection)
        assert worker_runs.last_beat(connection) is not None
        for number in range(3):
            worker_runs.record(
                connection,
                started_at="2026-11-23T18:00:00.000000+00:00",
                milliseconds=number,
                events=1,
                rows_changed=2,
                snapshot="serve-1",
            )
        first, *rest = worker_runs.since(connection, 0)
        assert [run["milliseconds"] for run in rest] == [1, 2]
        assert worker_runs.since(connection, first["id"], limit=1) == rest[:1]


def test_sqlite_is_safe_against_a_power_cut(tmp_path: Path) -> None:
    engine = open_store(f"sqlite:///{tmp_path / 'billhouse.db'}")
    with engine.connect() as connection:
        assert connection.execute(text("pragma journal_mode")).scalar() == "wal"
        assert connection.execute(text("pragma synchronous")).scalar() == 2, "FULL"
        assert connection.execute(text("pragma foreign_keys")).scalar() == 1
    engine.dispose()
