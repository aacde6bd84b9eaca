"""The Intercom adapter against the emulator: attributes, walks, single writes, conversations and notes."""

import json
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from openapi_schema_validator import OAS30WriteValidator

from billing.errors import BadCredential, ConfigError, NotFound, Refused, Transient
from billing.settings_helpdesks import IntercomAccount
from billing.settings_model import Settings
from helpdesk_sync import contexts, http
from helpdesk_sync.helpdesks import intercom
from helpdesk_sync.helpdesks.intercom import Intercom, field_name, stored
from helpdesk_sync.ports import ContactUpdate, FieldKind, Value
from sandbox.faults import Fault
from tests.sandbox.intercom_desk import SPECIFICATION, Desk, intercom_desk

BY_KEY = {field.key: field for field in contexts.FIELDS}
FACTS: dict[str, Value] = {
    **{key: f"some {key}" for key in BY_KEY},
    "billhouse_renews_on": "2026-12-12",
    "billhouse_open_disputes": 2,
}
HELD = {field_name(BY_KEY[key]): stored(BY_KEY[key], value) for key, value in FACTS.items()}
SPECS = Path(__file__).parents[3] / "shared" / "specs" / SPECIFICATION
MARIA = "maria@example.com"


def account(desk: Desk, **changed: Any) -> IntercomAccount:
    wanted = {"base_url": desk.url, "access_token": "intercom_sandbox_token", "admin_id": "5001", **changed}
    return IntercomAccount.model_validate(wanted)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with intercom_desk(tmp_path) as found:
        yield found


@pytest.fixture
def helpdesk(desk: Desk) -> Iterator[Intercom]:
    """Our adapter, whose every request must be one that Intercom's own description knows."""
    opened = Intercom(account(desk))
    yield opened
    opened.close()
    known_to_intercom(desk)


@pytest.fixture
def ready(desk: Desk, helpdesk: Intercom) -> Intercom:
    """The adapter with its attributes in place."""
    assert helpdesk.ensure_fields(contexts.FIELDS) == []
    return helpdesk


def known_to_intercom(desk: Desk) -> None:
    """Check paths, query and bodies of all requests, where the description is at hand."""
    if not SPECS.is_file():
        return
    document = json.loads(SPECS.read_text())
    for one in desk.requests:
        assert one["headers"]["intercom-version"] == "2.16"
        path = re.sub(r"/[0-9a-f]{24}\b", "/{contact_id}", one["path"])
        path = re.sub(r"/\d+\b", "/{conversation_id}", path)
        operation = document["paths"][path][one["method"].lower()]
        # Paging stands in prose and on the page about paging, not among the parameters.
        known = {"per_page", "starting_after"} | {part["name"] for part in operation.get("parameters", ())}
        assert set(one["query"]) <= known
        if one["body"] is not None:
            wanted = operation["requestBody"]["content"]["application/json"]["schema"]
            OAS30WriteValidator({**wanted, "components": document["components"]}).validate(one["body"])


def fault(desk: Desk, path: str, kind: str, **more: Any) -> None:
    desk.faults.plan(Fault(path=f"/intercom{path}", kind=kind, **{"times": 1, **more}))


def ask(desk: Desk, email: str = MARIA, subject: str = "Charged twice", text: str = "See ch_1") -> str:
    return str(desk.act("ask", email=email, subject=subject, text=text)["ticket"])


def test_the_token_tells_who_we_are(desk: Desk, helpdesk: Intercom) -> None:
    assert helpdesk.check() == "Lampa API (Lampa), notes by Lampa API"
    assert (helpdesk.name, helpdesk.batch) == ("intercom:intercom", 50)
    with pytest.raises(BadCredential) as refused:
        Intercom(account(desk, access_token="wrong_token_value")).check()
    assert "wrong_token_value" not in str(refused.value)
    with pytest.raises(ConfigError, match="no teammate 77"):
        Intercom(account(desk, admin_id="77")).check()


def test_settings_open_every_workspace(desk: Desk) -> None:
    company = {"name": "L", "address": ["R 1"], "country": "DE", "email": "a@lampa.example"}
    wanted = {**account(desk).model_dump(), "account": "main", "access_token": "intercom_sandbox_token"}
    settings = Settings.model_validate({"company": company, "helpdesks": {"intercom": [wanted]}})
    [opened] = intercom.accounts(settings)
    assert opened.name == "intercom:main"
    opened.close()


def test_attributes_are_made_once_and_customers_cannot_write_them(desk: Desk, helpdesk: Intercom) -> None:
    fault(desk, "/data_attributes", "timeout_after", method="POST", skip=1)
    assert helpdesk.ensure_fields(contexts.FIELDS) == []
    listed = desk.http.get("/data_attributes", params={"model": "contact"}).json()["data"]
    made = {one["name"]: one for one in listed if one["custom"]}
    assert set(made) == set(HELD)
    assert made["billhouse-renews-on"]["data_type"] == "date"
    assert made["billhouse-open-disputes"]["data_type"] == "integer"
    assert not any(one["messenger_writable"] for one in made.values())
    posted = len(desk.seen("POST"))
    assert helpdesk.ensure_fields(contexts.FIELDS) == []
    assert len(desk.seen("POST")) == posted


def test_an_archived_attribute_is_left_to_an_admin_and_a_strange_one_is_refused(
    desk: Desk, ready: Intercom
) -> None:
    [plan] = [
        one for one in desk.http.get("/data_attributes").json()["data"] if one["name"] == "billhouse-plan"
    ]
    desk.http.put(f"/data_attributes/{plan['id']}", json={"archived": True})
    [asked] = ready.ensure_fields(contexts.FIELDS)
    assert "billhouse-plan is archived" in asked
    maria = desk.contact(MARIA)
    assert "billhouse-plan" in str(ready.write([ContactUpdate(maria, FACTS)])[maria])
    desk.http.put(f"/data_attributes/{plan['id']}", json={"archived": False})
    desk.requests.clear()
    assert ready.ensure_fields(contexts.FIELDS) == []


def test_an_attribute_of_another_type_stops_everything(desk: Desk, helpdesk: Intercom) -> None:
    wrong = {"name": "billhouse-plan", "model": "contact", "data_type": "integer"}
    desk.http.post("/data_attributes", json=wrong)
    with pytest.raises(ConfigError, match="billhouse-plan is of type integer, not string"):
        helpdesk.ensure_fields(contexts.FIELDS)


def test_a_name_that_companies_have_is_said(desk: Desk, helpdesk: Intercom) -> None:
    desk.http.post(
        "/data_attributes", json={"name": "billhouse-plan", "model": "company", "data_type": "string"}
    )
    with pytest.raises(Refused, match="already have 'billhouse-plan' in your company data"):
        helpdesk.ensure_fields(contexts.FIELDS)


def test_all_users_and_leads_with_an_address_are_walked_once(desk: Desk, helpdesk: Intercom) -> None:
    for n in range(310):
        desk.act("add_contact", email=f"p{n}@example.com", name=f"P{n}")
    desk.http.post("/contacts", json={"role": "lead", "name": "Anonymous"}).raise_for_status()
    seen = list(helpdesk.contacts())
    assert len({one.id for one in seen}) == len(seen) == 315
    assert [one.email for one in seen].count("kenji@example.com") == 2
    assert len(desk.seen("GET", "/contacts")) == 3


def test_ours_are_written_and_everybody_elses_stay(desk: Desk, ready: Intercom) -> None:
    maria = desk.contact(MARIA)
    twins = desk.act("contact", email="kenji@example.com")["ids"]
    desk.http.post("/data_attributes", json={"name": "shoe size", "model": "contact", "data_type": "integer"})
    desk.http.put(f"/contacts/{maria}", json={"custom_attributes": {"shoe size": 38}})
    people = [maria, *twins]
    assert ready.write([ContactUpdate(id, FACTS) for id in people]) == dict.fromkeys(people)
    assert desk.held(maria) == {**HELD, "shoe size": 38}
    assert [desk.held(id) for id in twins] == [HELD, HELD]
    assert len(desk.seen("PUT", "/contacts/")) == 4
    assert ready.write([ContactUpdate(maria, contexts.CLEARED)]) == {maria: None}
    assert desk.held(maria) == {**dict.fromkeys(HELD), "shoe size": 38}
    emptied = desk.seen("PUT", "/contacts/")[-1]["body"]["custom_attributes"]
    texts = {field_name(field) for field in contexts.FIELDS if field.kind is FieldKind.TEXT}
    assert {name for name, value in emptied.items() if value == ""} == texts


def test_days_and_long_texts_are_kept_as_intercom_takes_them(desk: Desk, ready: Intercom) -> None:
    maria = desk.contact(MARIA)
    facts = {**FACTS, "billhouse_plan": "ä" * 300, "billhouse_renews_on": "2026-03-01"}
    assert ready.write([ContactUpdate(maria, facts)]) == {maria: None}
    held = desk.held(maria)
    assert held["billhouse-plan"] == "ä" * 254 + "…"
    assert datetime.fromtimestamp(held["billhouse-renews-on"], UTC) == datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_who_has_gone_is_said_and_the_others_are_written(desk: Desk, ready: Intercom) -> None:
    maria = desk.contact(MARIA)
    merged, archived, removed = (
        desk.act("add_contact", email="gone@example.com", name="Gone")["contact"] for _ in range(3)
    )
    desk.act("merge_contacts", contact=merged, into=maria)
    desk.act("archive_contact", contact=archived)
    desk.act("remove_contact", contact=removed)
    answers = ready.write([ContactUpdate(id, FACTS) for id in (merged, archived, removed, maria)])
    assert answers.pop(maria) is None
    assert {answer for answer in answers.values() if answer and "merged into another" in answer} == set(
        answers.values()
    )
    assert desk.held(maria) == HELD


def test_one_that_intercom_fails_on_keeps_nobody_back(
    desk: Desk, ready: Intercom, monkeypatch: pytest.MonkeyPatch
) -> None:
    impatient(monkeypatch)
    people = [one.id for one in ready.contacts()]
    updates = [ContactUpdate(id, FACTS) for id in people]
    fault(desk, f"/contacts/{people[0]}", "500", times=100)
    answers = ready.write(updates)
    assert "500" in str(answers.pop(people[0]))
    assert answers == dict.fromkeys(people[1:])
    fault(desk, f"/contacts/{people[1]}", "500", times=100)
    with pytest.raises(Transient):
        ready.write(updates)


def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give up at once on passing faults, which otherwise takes minutes."""
    monkeypatch.setattr(http, "_wait", lambda _error: False)


def test_a_busy_intercom_is_waited_for_as_long_as_it_says(desk: Desk, ready: Intercom) -> None:
    maria = desk.contact(MARIA)
    desk.act("busy", seconds=3)
    began = time.monotonic()
    assert ready.write([ContactUpdate(maria, FACTS)]) == {maria: None}
    assert time.monotonic() - began > 2.8
    assert desk.held(maria) == HELD
    # Growing pauses of our own would have asked more often.
    assert len(desk.seen("PUT", "/contacts/")) <= 3


def test_a_conversation_is_read_with_its_requesters_newest_words(desk: Desk, helpdesk: Intercom) -> None:
    ticket = ask(desk, text="See <ch_1> & more")
    read = helpdesk.ticket(ticket)
    assert (read.id, read.contact_id, read.emails) == (ticket, desk.contact(MARIA), (MARIA,))
    assert (read.text, read.is_closed) == ("Charged twice\nSee <ch_1> & more", False)
    desk.act("reply", ticket=ticket, text="It is INV-7")
    comment = {"message_type": "comment", "type": "admin", "admin_id": "5003", "body": "Which ch_9?"}
    desk.http.post(f"/conversations/{ticket}/reply", json=comment)
    desk.act("close_ticket", ticket=ticket)
    read = helpdesk.ticket(ticket)
    assert (read.text, read.is_closed) == ("Charged twice\nIt is INV-7", False)
    for nothing in ("999", "abc", "12/../34", "٣", "", "-1"):
        with pytest.raises(NotFound):
            helpdesk.ticket(nothing)


def test_a_changed_address_comes_before_the_one_written_from(desk: Desk, helpdesk: Intercom) -> None:
    ticket = ask(desk)
    desk.http.put(f"/contacts/{desk.contact(MARIA)}", json={"email": "new@example.com"})
    assert helpdesk.ticket(ticket).emails == ("new@example.com", MARIA)


def test_a_requester_who_was_merged_is_the_one_who_stayed(desk: Desk, helpdesk: Intercom) -> None:
    ticket = ask(desk, email="lead@example.com")
    user = desk.contact(MARIA)
    desk.act("merge_contacts", contact=desk.contact("lead@example.com"), into=user)
    read = helpdesk.ticket(ticket)
    assert (read.contact_id, read.emails) == (user, (MARIA,))


def test_a_requester_who_was_deleted_is_known_by_the_address_written_from(
    desk: Desk, helpdesk: Intercom
) -> None:
    ticket = ask(desk)
    desk.act("remove_contact", contact=desk.contact(MARIA))
    read = helpdesk.ticket(ticket)
    assert (read.contact_id, read.emails) == (None, (MARIA,))


def test_a_note_is_written_once_and_as_it_reads(desk: Desk, helpdesk: Intercom) -> None:
    ticket = ask(desk)
    text = 'Refunded <b>29 EUR</b> & "more" {{ name }}\nhttps://b.example/?a=1&b=2\nBillhouse n-1'
    for _ in range(2):
        helpdesk.note(ticket, "Billhouse n-1", text)
    assert desk.notes(ticket) == [{"text": text, "is_internal": True}]
    [sent] = desk.seen("POST", "/reply")
    assert sent["body"]["admin_id"] == "5001"
    desk.act("close_ticket", ticket=ticket)
    helpdesk.note(ticket, "Billhouse n-2", "Second\nBillhouse n-2")
    assert len(desk.notes(ticket)) == 2
    with pytest.raises(NotFound):
        helpdesk.note("999", "Billhouse n-3", "x")


def test_a_note_whose_answer_was_lost_is_not_written_again(desk: Desk, helpdesk: Intercom) -> None:
    ticket = ask(desk)
    fault(desk, f"/conversations/{ticket}/reply", "timeout_after")
    with pytest.raises(Transient):
        helpdesk.note(ticket, "Billhouse n-1", "Done\nBillhouse n-1")
    helpdesk.note(ticket, "Billhouse n-1", "Done\nBillhouse n-1")
    assert len(desk.notes(ticket)) == 1


def test_a_customer_who_copies_a_marker_keeps_no_note_away(desk: Desk, helpdesk: Intercom) -> None:
    ticket = ask(desk)
    desk.act("reply", ticket=ticket, text="You wrote: Billhouse n-1")
    helpdesk.note(ticket, "Billhouse n-1", "Done\nBillhouse n-1")
    assert len(desk.notes(ticket)) == 1
