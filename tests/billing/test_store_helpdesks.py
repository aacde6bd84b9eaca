"""What the store keeps of helpdesks, on both databases: runs, contacts in trouble, events and notes to retry."""

from typing import Any

import pytest
from sqlalchemy import Engine

from billing.store import contact_troubles, helpdesk_runs, inbox, outbox, sync_state, transaction
from billing.store.helpdesk_runs import Run
from tests.billing.conftest import StillClock


def run(number: int = 0, **changed: Any) -> Run:
    said: dict[str, Any] = {
        "helpdesk": "zendesk:main", "kind": "push", "started_at": f"2026-11-23T18:{number:02d}:00.000000+00:00",
        "milliseconds": 10, "contacts_seen": 5, "contacts_matched": 5, "contacts_synced": 5, "writes": 0,
        "failed": 0,
    }  # fmt: skip
    return Run(**said | changed)


def test_quiet_runs_share_a_row_and_others_do_not(store: Engine) -> None:
    with transaction(store) as connection:
        for one in (run(1, writes=3), run(2), run(3), run(4, failed=1, problem="No."), run(5), run(6)):
            helpdesk_runs.record(connection, one)
        helpdesk_runs.record(connection, run(7, kind="sweep"))
        helpdesk_runs.record(connection, run(8, helpdesk="front:front"))
        assert [one.started_at[14:16] for one in helpdesk_runs.recent(connection)] == [
            "08", "07", "06", "04", "03", "01",
        ]  # fmt: skip
        assert helpdesk_runs.latest(connection, "zendesk:main", "push") == run(6)
        assert helpdesk_runs.latest(connection, "zendesk:main", "sweep") == run(7, kind="sweep")
        assert helpdesk_runs.latest(connection, "front:front", "sweep") is None


def test_the_newest_fifty_runs_of_a_kind_are_kept(store: Engine) -> None:
    with transaction(store) as connection:
        helpdesk_runs.record(connection, run(0, kind="sweep"))
        for number in range(53):
            helpdesk_runs.record(connection, run(number, writes=1))
        kept = [one for one in helpdesk_runs.recent(connection) if one.kind == "push"]
        assert [one.started_at[14:16] for one in kept] == [f"{n:02d}" for n in range(52, 2, -1)]
        assert helpdesk_runs.latest(connection, "zendesk:main", "sweep") is not None


def test_a_contact_is_in_trouble_until_it_is_taken_or_gone(store: Engine, still_clock: StillClock) -> None:
    with transaction(store) as connection:
        contact_troubles.note(connection, "zendesk:main", {"1": ("a@x", "Too long."), "2": ("b@x", "No.")})
        contact_troubles.note(connection, "front:front", {"1": ("c@x", "No.")})
        still_clock.advance(60)
        contact_troubles.note(connection, "zendesk:main", {"1": ("a@y", "Still too long.")})
        first, *others = contact_troubles.standing(connection)
        assert (first.email_key, first.problem, first.attempts) == ("a@y", "Still too long.", 2)
        assert first.since < first.tried_at
        assert {(one.helpdesk, one.contact_id) for one in others} == {
            ("zendesk:main", "2"),
            ("front:front", "1"),
        }
        assert contact_troubles.find(connection, "zendesk:main", "1") == first
        assert contact_troubles.ids(connection, "zendesk:main") == {"1", "2"}

        contact_troubles.clear(connection, "zendesk:main", ["1"])
        assert contact_troubles.find(connection, "zendesk:main", "1") is None
        contact_troubles.keep_only(connection, "zendesk:main", {"7"})
        assert [one.helpdesk for one in contact_troubles.standing(connection)] == ["front:front"]


def test_how_much_a_helpdesk_holds(store: Engine, still_clock: StillClock) -> None:
    with transaction(store) as connection:
        assert sync_state.extent(connection, "zendesk:main") == (0, None)
        sync_state.remember(connection, "zendesk:main", {"1": ("a@x", "h1")})
        still_clock.advance(60)
        sync_state.remember(connection, "zendesk:main", {"2": ("b@x", "h2")})
        assert sync_state.extent(connection, "zendesk:main") == (2, "2026-11-23T18:01:00.000000+00:00")


@pytest.fixture
def heard(store: Engine, still_clock: StillClock) -> dict[str, int]:
    """Three hints: one that failed for good, one that waits for another try, one of a gateway; by object."""
    with transaction(store) as connection:
        for source, name in (("zendesk", "given up"), ("zendesk", "waits"), ("stripe", "new")):
            inbox.receive(
                connection, gateway=source, account="main", event_id=name, event_type="t", object_kind="ticket",
                object_id=name,
            )  # fmt: skip
        ids = {one.object_id: one.id for one in inbox.pending(connection)}
        for _ in range(inbox.MAX_ATTEMPTS):
            inbox.failed(connection, [ids["given up"]], "503")
        inbox.failed(connection, [ids["waits"]], "503")
    return ids


def test_events_that_are_not_attended_to_stand_in_a_list(store: Engine, heard: dict[str, int]) -> None:
    with transaction(store) as connection:
        assert [one["object_id"] for one in inbox.standing(connection)] == ["new", "waits", "given up"]
        assert [one["id"] for one in inbox.standing(connection, state="failed")] == [heard["given up"]]
        assert len(inbox.standing(connection, sources=["zendesk"], limit=1)) == 1
        assert {one["gateway"] for one in inbox.standing(connection, sources=["zendesk"])} == {"zendesk"}
        inbox.done(connection, list(heard.values()))
        assert inbox.standing(connection) == []


def test_events_are_retried_all_that_failed_or_one_by_its_id(store: Engine, heard: dict[str, int]) -> None:
    with transaction(store) as connection:
        assert inbox.retry(connection) == 1, "one that waits is left to its time"
        assert {one.object_id: one.attempts for one in inbox.pending(connection)} == {"given up": 0, "new": 0}
        assert inbox.retry(connection, heard["waits"]) == 1
        assert {one.object_id for one in inbox.pending(connection)} == set(heard)
        inbox.done(connection, [heard["waits"]])
        assert inbox.retry(connection, heard["waits"]) == 0, "what is done stays done"


def test_one_letter_that_waits_is_due_at_once(store: Engine, still_clock: StillClock) -> None:
    with transaction(store) as connection:
        outbox.put(connection, "t", "k", {"to": "a@x"})
        (parcel,) = outbox.pending(connection, "t")
        outbox.failed(connection, parcel, "503")
        assert outbox.retry(connection) == 0
        assert outbox.pending(connection, "t") == []
        (waiting,) = outbox.undelivered(connection, "t")
        assert (waiting.payload, waiting.state, waiting.error) == ({"to": "a@x"}, "pending", "503")
        assert outbox.retry(connection, parcel.id) == 1
        (again,) = outbox.pending(connection, "t")
        outbox.done(connection, again)
        assert outbox.undelivered(connection, "t") == []
        assert outbox.retry(connection, parcel.id) == 0
