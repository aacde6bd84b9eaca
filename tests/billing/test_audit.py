"""The audit log: nobody changes it unnoticed, and many may append at once."""

import contextlib
import threading

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DatabaseError

from billing.store import audit, transaction
from billing.store.audit import Actor, Entry
from billing.vocabulary import Channel

ANA = Actor("ana@lampa.example", "agent", Channel.DASHBOARD)


def append(store: Engine, count: int = 5) -> None:
    with transaction(store) as connection:
        for number in range(count):
            audit.record(
                connection,
                Entry(
                    "charge.refund.requested",
                    ANA,
                    object_ref=f"stripe:eu:ch_{number}",
                    data={"minor": number},
                ),
            )


def faults(store: Engine) -> list[str]:
    with transaction(store) as connection:
        return audit.verify(connection)


def tamper(store: Engine, *statements: str) -> None:
    """Do what only somebody with the database's own power can: drop the triggers first."""
    with transaction(store) as connection:
        if store.dialect.name == "sqlite":
            names = connection.execute(
                text("select name from sqlite_master where type = 'trigger'")
            ).scalars()
            for name in list(names):
                connection.execute(text(f"drop trigger {name}"))
        else:
            connection.execute(text("alter table audit_log disable trigger all"))
            connection.execute(text("alter table audit_head disable trigger all"))
        for statement in statements:
            assert connection.execute(text(statement)).rowcount > 0


def test_an_empty_log_is_intact(store: Engine) -> None:
    assert faults(store) == []


def test_entries_are_kept_in_full_and_newest_first(store: Engine) -> None:
    entry = Entry(
        type="charge.refund.succeeded",
        actor=ANA,
        action_id="a1",
        object_ref="stripe:eu:ch_1",
        ticket="zendesk:42",
        reason="goodwill",
        snapshot="serve-3",
        data={"minor": 2000, "currency": "EUR", "name": "Björk ☕"},
    )
    with transaction(store) as connection:
        assert audit.record(connection, entry) == 1
        assert audit.record(connection, Entry("sign_in.succeeded", Actor("boris", None, Channel.CLI))) == 2
        newest, oldest = audit.entries(connection)
        assert newest["type"] == "sign_in.succeeded"
        assert oldest["data"] == entry.data
        assert (oldest["actor"], oldest["role"], oldest["channel"]) == (
            "ana@lampa.example",
            "agent",
            "dashboard",
        )
        assert [e["seq"] for e in audit.entries(connection, object_ref="stripe:eu:ch_1")] == [1]
        assert [e["seq"] for e in audit.entries(connection, actor="boris")] == [2]
        assert [e["seq"] for e in audit.entries(connection, action_id="a1")] == [1]
        assert [e["seq"] for e in audit.entries(connection, limit=1)] == [2]
    assert faults(store) == []


@pytest.mark.parametrize(
    "statement",
    [
        "update audit_log set reason = 'because' where seq = 2",
        "delete from audit_log where seq = 5",
        "delete from audit_log",
        "delete from audit_head",
        "update audit_head set seq = 3",
    ],
)
def test_the_database_refuses_to_change_the_past(store: Engine, statement: str) -> None:
    append(store)
    with pytest.raises(DatabaseError, match="append-only"), transaction(store) as connection:
        connection.execute(text(statement))
    assert faults(store) == []


@pytest.mark.parametrize("table", ["audit_log", "audit_head"])
def test_postgresql_refuses_to_truncate(store: Engine, table: str) -> None:
    if store.dialect.name == "sqlite":
        pytest.skip("SQLite has no truncate")
    append(store)
    with pytest.raises(DatabaseError, match="append-only"), transaction(store) as connection:
        connection.execute(text(f"truncate {table}"))


TAMPERING = {
    "an altered field": (["update audit_log set reason = 'because' where seq = 3"], ["Entry 3 was altered"]),
    "an altered amount": (
        ["update audit_log set data = '{\"minor\": 9}' where seq = 3"],
        ["Entry 3 was altered"],
    ),
    "a removed entry": (["delete from audit_log where seq = 3"], ["Entries 3 to 3 are missing"]),
    "a removed beginning": (["delete from audit_log where seq < 3"], ["Entries 1 to 2 are missing"]),
    "a removed end": (["delete from audit_log where seq > 3"], ["Entries 4 to 5 are missing"]),
    "a removed whole": (["delete from audit_log"], ["Entries 1 to 5 are missing"]),
    "a removed end with its head": (
        ["delete from audit_log where seq > 3", "update audit_head set seq = 3"],
        ["last entry, 3, is not the one"],
    ),
    "a removed head": (["delete from audit_head"], ["last entry, 5, is not the one"]),
    "two swapped entries": (
        [
            "update audit_log set seq = 99 where seq = 2",
            "update audit_log set seq = 2 where seq = 3",
            "update audit_log set seq = 3 where seq = 99",
        ],
        ["Entry 2 was altered", "Entry 3 was altered"],
    ),
    "a removed entry closed up": (
        ["delete from audit_log where seq = 3", "update audit_log set seq = seq - 1 where seq > 3"],
        ["Entry 3 was altered"],
    ),
    "an entry put in at the end": (
        [
            "insert into audit_log (seq, occurred_at, type, actor, channel, data, previous_hash, hash)"
            " select 6, occurred_at, type, 'mallory', channel, data, hash, hash from audit_log where seq = 5"
        ],
        ["Entry 6 was altered", "last entry, 6, is not the one"],
    ),
}


@pytest.mark.parametrize("how", TAMPERING)
def test_tampering_below_the_triggers_is_found(store: Engine, how: str) -> None:
    append(store)
    statements, words = TAMPERING[how]
    tamper(store, *statements)
    found = " ".join(faults(store))
    for word in words:
        assert word in found, found


def test_many_threads_append_to_one_chain(store: Engine) -> None:
    errors: list[Exception] = []

    def work() -> None:
        try:
            for _ in range(5):
                append(store, 2)
        except Exception as error:  # the thread's error belongs to the test
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert faults(store) == []
    with transaction(store) as connection:
        assert len(audit.entries(connection, limit=1000)) == 60


def test_an_entry_of_a_failed_transaction_leaves_no_gap(store: Engine) -> None:
    append(store, 1)
    with contextlib.suppress(RuntimeError), transaction(store) as connection:
        audit.record(connection, Entry("charge.refund.requested", ANA))
        raise RuntimeError
    append(store, 1)
    assert faults(store) == []
    with transaction(store) as connection:
        assert [entry["seq"] for entry in audit.entries(connection)] == [2, 1]
