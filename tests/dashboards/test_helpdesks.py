"""The helpdesks' page: what each account holds and did, what failed with a retry on the record, what waits."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from sqlalchemy import Engine
from streamlit.testing.v1 import AppTest

from billing.errors import BadCredential, NotFound, Transient
from billing.store import audit, contact_troubles, helpdesk_runs, inbox, outbox, sync_state, transaction
from billing.store.audit import Actor
from billing.store.helpdesk_runs import Run
from billing.store.outbox import TICKET_NOTE
from billing.vocabulary import Channel
from dashboards import patience
from helpdesk_sync import contexts, retries
from helpdesk_sync.helpdesks.front import Front
from helpdesk_sync.helpdesks.zendesk import Zendesk
from tests.dashboards.conftest import Open, texts, turn_to

MARIA = "maria@example.com"
HELPDESKS = """
[[helpdesks.zendesk]]
base_url = "http://127.0.0.1:9/zendesk"
email = "api@lampa.example"
api_token = "file:secret"
webhook_secret = "file:secret"

[[helpdesks.front]]
account = "second"
base_url = "http://127.0.0.1:9/front"
api_token = "file:secret"
"""


@pytest.fixture
def page(config_path: Path, open_app: Open) -> Callable[[], AppTest]:
    """The page, over two helpdesks, as an administrator sees it."""
    config_path.write_text(config_path.read_text() + HELPDESKS)
    st.cache_data.clear()
    return lambda: turn_to(open_app("dora"), "helpdesks")


def run(helpdesk: str = "zendesk:zendesk", **changed: Any) -> Run:
    said: dict[str, Any] = {
        "helpdesk": helpdesk, "kind": "sweep", "started_at": "2026-11-23T18:00:00.000000+00:00",
        "milliseconds": 41_300, "contacts_seen": 3400, "contacts_matched": 1204, "contacts_synced": 1203,
        "writes": 12, "failed": 1, "problem": None,
    }  # fmt: skip
    return Run(**said | changed)


def hear(engine: Engine, ticket: str, *, failures: int = 0) -> int:
    """Keep an event about a Zendesk ticket that has failed so often; the inbox's id."""
    with transaction(engine) as connection:
        inbox.receive(
            connection, gateway="zendesk", account="zendesk", event_id=f"e{ticket}", event_type="reply",
            object_kind="ticket", object_id=ticket,
        )  # fmt: skip
        (hint,) = [one for one in inbox.pending(connection) if one.object_id == ticket]
        for _ in range(failures):
            inbox.failed(connection, [hint.id], "Zendesk: 503")
        return hint.id


def write_note(engine: Engine) -> int:
    """Put a note into the outbox that could not be delivered; its id."""
    said = {"ticket": "zendesk:zendesk:77", "message": "29.00 EUR refunded.", "actor": "ana@lampa.example"}
    with transaction(engine) as connection:
        outbox.put(connection, TICKET_NOTE, "a1:succeeded", said)
        (parcel,) = outbox.pending(connection, TICKET_NOTE)
        outbox.failed(connection, parcel, "Zendesk has no ticket 77.", final=True)
        return parcel.id


def press(app: AppTest, key: str) -> str:
    """Press a button and return what the page says then."""
    return texts(app.button(key=key).click().run())


def newest(engine: Engine) -> dict[str, Any]:
    with transaction(engine) as connection:
        return audit.entries(connection, limit=1)[0]


def test_only_who_reads_the_audit_log_sees_the_page(open_app: Open) -> None:
    paths = {info["url_pathname"] for info in open_app("ana")._registered_pages.values()}
    assert "helpdesks" not in paths
    assert "No helpdesk is configured" in texts(turn_to(open_app("chen"), "helpdesks"))


def test_an_account_tells_what_it_holds_and_did(page: Callable[[], AppTest], engine: Engine) -> None:
    with transaction(engine) as connection:
        sync_state.remember(connection, "zendesk:zendesk", {"1": (MARIA, "h1"), "2": ("b@x", "h2")})
        helpdesk_runs.record(connection, run())
        helpdesk_runs.record(connection, run(kind="push", contacts_seen=2, writes=0, failed=0))
        helpdesk_runs.record(
            connection, run("front:second", writes=0, problem='Make "Billhouse Plan".\nAnd b.')
        )
    app = page()
    said = texts(app)
    assert "Nothing failed and nothing waits" in app.subheader[0].value
    assert "**2**" in said
    assert "3,400 looked at, 12 writes, 1 in vain in 41.3 s" in said
    assert "2 looked at, nothing to write in 41.3 s" in said
    assert "**Zendesk** :green-badge[in order]" in said
    assert "**Front (second)** :orange-badge[needs attention]" in said
    assert 'Make "Billhouse Plan".' in said
    assert len([one for one in app.caption if "not heard of" in one.value]) == 1, "Front has no webhook key"
    runs = app.dataframe[0].value
    assert set(runs["Helpdesk"]) == {"Zendesk", "Front (second)"}


def test_fields_are_named_as_each_helpdesk_names_them(page: Callable[[], AppTest]) -> None:
    fields = page().dataframe[-1].value
    assert list(fields["Ours"]) == [field.title for field in contexts.FIELDS]
    assert fields["Zendesk"][0] == "billhouse_plan (text)"
    assert fields["Front (second)"][2] == "Billhouse Renews on (date and time)"


def test_the_connection_is_tried_on_demand(
    page: Callable[[], AppTest], monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(_self: Front) -> str:
        raise BadCredential("Front does not accept the token.")

    monkeypatch.setattr(Zendesk, "check", lambda _self: "Api (admin)")
    monkeypatch.setattr(Front, "check", locked)
    app = page()
    assert "Api (admin)" not in texts(app)
    assert "The credentials work**: Api (admin)" in press(app, "try-zendesk:zendesk")
    said = press(app, "try-front:second")
    assert "No connection.** Front does not accept the token." in said
    assert "Api (admin)" in said, "the other answer stays"


def test_nobody_waits_for_a_helpdesk_that_does_not_answer() -> None:
    with pytest.raises(Transient, match="Zendesk has not answered within 0 seconds"):
        patience.within(0.01, "Zendesk", lambda: time.sleep(0.5))


def test_a_failed_event_is_retried_on_the_record(page: Callable[[], AppTest], engine: Engine) -> None:
    given_up, later = hear(engine, "5", failures=inbox.MAX_ATTEMPTS), hear(engine, "6", failures=1)
    hear(engine, "7")
    app = page()
    assert app.subheader[0].value == "2 ticket events did not come through; 1 waits for its turn"
    said = texts(app)
    assert "**Ticket 5** at Zendesk :red-badge[given up]" in said
    assert "**Ticket 6** at Zendesk :orange-badge[next try" in said
    assert "tried 12 times" in said
    for hint, ticket in ((given_up, "5"), (later, "6")):
        assert f"Ticket {ticket} of Zendesk is attended to next" in press(app, f"retry-event-{hint}")
        assert "to be tried anew" in texts(app)
        entry = newest(engine)
        assert (entry["type"], entry["actor"]) == ("helpdesk.event.retried", "dora@lampa.example")
        assert entry["object_ref"] == f"zendesk:zendesk:{ticket}"
        with transaction(engine) as connection:
            assert hint in {one.id for one in inbox.pending(connection)}


def test_a_failed_note_is_retried_on_the_record(page: Callable[[], AppTest], engine: Engine) -> None:
    parcel = write_note(engine)
    app = page()
    assert "29.00 EUR refunded. :red-badge[given up]" in texts(app)
    assert "Zendesk has no ticket 77." in texts(app)
    assert "Ticket 77 at Zendesk: the note is sent next" in press(app, f"retry-note-{parcel}")
    entry = newest(engine)
    assert (entry["type"], entry["action_id"]) == ("helpdesk.note.retried", "a1")
    assert entry["ticket"] == "zendesk:zendesk:77"
    with transaction(engine) as connection:
        assert [one.id for one in outbox.pending(connection, TICKET_NOTE)] == [parcel]


def test_all_that_stands_is_summed_up_in_a_sentence(page: Callable[[], AppTest], engine: Engine) -> None:
    write_note(engine)
    hear(engine, "5", failures=1)
    hear(engine, "6")
    with transaction(engine) as connection:
        contact_troubles.note(connection, "zendesk:zendesk", {"4": (MARIA, "No."), "5": ("b@x", "No.")})
    app = page()
    assert app.subheader[0].value == (
        "2 contacts, 1 ticket event and 1 ticket note did not come through; 1 waits for its turn"
    )
    said = texts(app)
    assert said.index("**Ticket 5**") < said.index("**Ticket 6**"), "what failed comes first"


def test_what_came_through_meanwhile_is_not_retried(engine: Engine) -> None:
    dora = Actor("dora@lampa.example", "admin", Channel.DASHBOARD)
    parcel, hint = write_note(engine), hear(engine, "5")
    with engine.begin() as connection:
        for queue in ("outbox", "inbox"):
            connection.exec_driver_sql(f"update {queue} set state = 'done'")
    with pytest.raises(NotFound, match="delivered meanwhile"):
        retries.note(engine, dora, parcel, "a1", "77")
    with pytest.raises(NotFound, match="attended to meanwhile"):
        retries.event(engine, dora, hint, "zendesk:zendesk:5")
    with transaction(engine) as connection:
        assert audit.entries(connection) == []
        assert inbox.standing(connection) == outbox.standing(connection) == []


@pytest.mark.parametrize("answer", [None, "Plan is too long."])
def test_a_contact_is_written_again_on_the_record(
    page: Callable[[], AppTest], engine: Engine, monkeypatch: pytest.MonkeyPatch, answer: str | None
) -> None:
    written: list[Any] = []

    def write(_self: Zendesk, updates: Any) -> dict[str, str | None]:
        written.extend(updates)
        return {one.contact_id: answer for one in updates}

    monkeypatch.setattr(Zendesk, "write", write)
    monkeypatch.setattr(contexts, "load", lambda *_: {MARIA: {"billhouse_plan": "Pro"}})
    with transaction(engine) as connection:
        contact_troubles.note(connection, "zendesk:zendesk", {"4": (MARIA, "Zendesk: 422")})
    app = page()
    assert app.subheader[0].value == "1 contact did not come through"
    assert "Zendesk: 422" in texts(app)
    said = press(app, "retry-contact-zendesk:zendesk-4")
    assert [(one.contact_id, one.values) for one in written] == [("4", {"billhouse_plan": "Pro"})]
    with transaction(engine) as connection:
        left = contact_troubles.standing(connection)
        assert set(sync_state.contacts(connection, "zendesk:zendesk")) == (set() if answer else {"4"})
    entry = newest(engine)
    assert (entry["type"], entry["object_ref"]) == ("helpdesk.contact.retried", "zendesk:zendesk:4")
    assert json.dumps(entry["data"]) == json.dumps({"outcome": answer or "taken"})
    if answer:
        assert "did not take maria@example.com this time either: Plan is too long." in said
        assert [(one.problem, one.attempts) for one in left] == [(answer, 2)]
    else:
        assert "Zendesk took maria@example.com." in said
        assert left == []
