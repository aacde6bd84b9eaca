"""The Freshdesk adapter against the emulator: hidden fields, one write each, tickets read again, notes once."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from billing.errors import BadCredential, ConfigError, NotFound, Refused, Transient
from billing.settings_helpdesks import FreshdeskAccount
from helpdesk_sync import contexts
from helpdesk_sync.helpdesks.freshdesk import Freshdesk
from helpdesk_sync.http import JsonApi
from helpdesk_sync.ports import Contact, ContactUpdate, Field, FieldKind, Value
from sandbox.freshdesk import fields
from sandbox.freshdesk.answers import Desk as FreshdeskItself
from tests.sandbox.freshdesk_desk import PLENTY, Desk, freshdesk_desk

FACTS: dict[str, Value] = {
    field.key: {FieldKind.DATE: "2026-12-12", FieldKind.INTEGER: 0}.get(field.kind, f"some {field.key}")
    for field in contexts.FIELDS
}
MARIA, KENJI, FATIMA = "maria@example.com", "kenji@example.com", "fatima@example.com"


def account(desk: Desk, **changed: Any) -> FreshdeskAccount:
    wanted = {"base_url": desk.url, "api_key": "freshdesk_sandbox_key", **changed}
    return FreshdeskAccount.model_validate(wanted)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with freshdesk_desk(tmp_path) as found:
        found.limit(account=PLENTY, contacts_list=PLENTY)
        yield found


@pytest.fixture
def helpdesk(desk: Desk) -> Iterator[Freshdesk]:
    opened = Freshdesk(account(desk))
    yield opened
    opened.close()


@pytest.fixture
def ready(desk: Desk, helpdesk: Freshdesk) -> Freshdesk:
    """The adapter, with its fields made."""
    assert helpdesk.ensure_fields(contexts.FIELDS) == []
    desk.requests.clear()
    return helpdesk


@pytest.fixture
def _no_repeats(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("helpdesk_sync.http._wait", lambda _error: False)


def updates(desk: Desk, *emails: str, **values: Value) -> list[ContactUpdate]:
    return [ContactUpdate(desk.contact(email), FACTS | values) for email in emails]


def test_it_says_whose_key_it_is(desk: Desk, helpdesk: Freshdesk) -> None:
    assert helpdesk.name == "freshdesk:freshdesk"
    assert helpdesk.check() == "Lampa API (api@lampa.example)"
    with pytest.raises(BadCredential) as refused:
        Freshdesk(account(desk, api_key="another_key")).check()
    assert "another_key" not in str(refused.value)


def test_fields_are_made_once_hidden_from_customers_and_below_the_others(
    desk: Desk, helpdesk: Freshdesk
) -> None:
    before = len(desk.http.get("/contact_fields").json())
    assert helpdesk.ensure_fields(contexts.FIELDS) == []
    made = desk.http.get("/contact_fields").json()[before:]
    assert [row["name"] for row in made] == [field.key for field in contexts.FIELDS]
    kinds = {row["name"]: row["type"] for row in made}
    assert kinds["billhouse_renews_on"] == "custom_date"
    assert kinds["billhouse_open_disputes"] == "custom_number"
    assert kinds["billhouse_plan"] == "custom_text"
    for row in made:
        shown = (row["displayed_for_customers"], row["customers_can_edit"], row["editable_in_signup"])
        assert (shown, row["agents_can_edit"]) == ((False, False, False), False)
        assert row["position"] > before
    # Said, not only left to what Freshdesk takes for granted.
    hidden = {"displayed_for_customers": False, "customers_can_edit": False, "editable_in_signup": False}
    assert all(body.items() >= hidden.items() for body in desk.sent)
    desk.requests.clear()
    assert helpdesk.ensure_fields(contexts.FIELDS) == []
    assert desk.requests == [("GET", "/contact_fields")]


def test_an_older_account_knows_fewer_flags(desk: Desk, helpdesk: Freshdesk) -> None:
    desk.act("old_account", is_old=True)
    assert helpdesk.ensure_fields(contexts.FIELDS) == []
    assert helpdesk.write(updates(desk, MARIA)) == {desk.contact(MARIA): None}


def test_a_field_of_another_type_is_not_written_to(desk: Desk, ready: Freshdesk) -> None:
    plan = contexts.FIELDS[0]
    with pytest.raises(ConfigError, match="billhouse_plan is of type custom_text, not custom_date"):
        ready.ensure_fields([Field(plan.key, plan.title, FieldKind.DATE, "")])


def test_a_field_whose_answer_was_lost_is_not_made_twice(desk: Desk, helpdesk: Freshdesk) -> None:
    desk.fault("/contact_fields", "timeout_after", method="POST")
    assert helpdesk.ensure_fields(contexts.FIELDS) == []
    assert len(desk.seen("POST", "/contact_fields")) == len(contexts.FIELDS)


@pytest.mark.parametrize("flag", ["displayed_for_customers", "customers_can_edit"])
def test_nothing_is_written_to_what_customers_can_see(desk: Desk, ready: Freshdesk, flag: str) -> None:
    desk.act("change_field", field="billhouse_plan", changes={flag: True})
    [told] = ready.ensure_fields(contexts.FIELDS)
    assert "'Billhouse plan'" in told
    later = Freshdesk(account(desk))  # a push does not look at the fields first
    for adapter in (ready, later):
        assert list(adapter.write(updates(desk, MARIA, KENJI)).values()) == [told, told]
    assert desk.writes() == 0
    desk.act("change_field", field="billhouse_plan", changes={flag: False})
    assert ready.ensure_fields(contexts.FIELDS) == []
    assert ready.write(updates(desk, MARIA)) == {desk.contact(MARIA): None}


def test_a_field_that_an_admin_renames_is_still_ours(desk: Desk, ready: Freshdesk) -> None:
    desk.act("change_field", field="billhouse_plan", changes={"label": "Tariff"})
    assert ready.ensure_fields(contexts.FIELDS) == []
    assert desk.seen("POST", "/contact_fields") == []
    assert ready.write(updates(desk, MARIA, billhouse_plan="Pro")) == {desk.contact(MARIA): None}
    assert desk.held(desk.contact(MARIA))["billhouse_plan"] == "Pro"


@pytest.mark.parametrize("prefix", ["cf_", "custom_"])
def test_a_name_that_freshdesk_made_otherwise_is_learned(desk: Desk, ready: Freshdesk, prefix: str) -> None:
    there = FreshdeskItself(desk.state, desk.clock, "")
    row = fields.by_name(there, "billhouse_plan")
    assert row is not None
    there.put(fields.KIND, row | {"name": f"{prefix}billhouse_plan", "label": "Tariff"})
    later = Freshdesk(account(desk))
    assert later.write(updates(desk, MARIA, billhouse_plan="Pro")) == {desk.contact(MARIA): None}
    assert desk.held(desk.contact(MARIA))[f"{prefix}billhouse_plan"] == "Pro"
    assert later.ensure_fields(contexts.FIELDS) == []
    assert desk.seen("POST", "/contact_fields") == []


def test_a_field_that_an_admin_deletes_is_said_and_made_again(desk: Desk, ready: Freshdesk) -> None:
    desk.act("remove_field", field="billhouse_plan")
    [told] = ready.write(updates(desk, MARIA)).values()
    assert told is not None
    assert "billhouse_plan: Unexpected/invalid field" in told
    assert ready.ensure_fields(contexts.FIELDS) == []
    assert ready.write(updates(desk, MARIA)) == {desk.contact(MARIA): None}


def test_the_walk_meets_every_contact_once_and_nobody_else(desk: Desk, helpdesk: Freshdesk) -> None:
    people = {desk.act("add_contact", email=f"p{n}@x.example", name=f"P {n}")["contact"] for n in range(230)}
    people |= {desk.contact(MARIA), desk.contact(KENJI), desk.contact(FATIMA)}
    for n, deed in enumerate(("remove_contact", "block_contact", "make_agent")):
        gone = desk.contact(f"p{n}@x.example")
        desk.act(deed, contact=gone)
        people.remove(gone)
    desk.http.post("/contacts", json={"name": "Phone only", "phone": "123"})
    met = list(helpdesk.contacts())
    assert sorted(one.id for one in met) == sorted(people)
    assert Contact(desk.contact(KENJI), KENJI) in met
    assert desk.seen("GET", "/contacts") == ["/contacts"] * 3


def test_somebody_who_comes_meanwhile_is_not_met_twice(desk: Desk, helpdesk: Freshdesk) -> None:
    for n in range(105):
        desk.act("add_contact", email=f"p{n}@x.example", name=f"P {n:03}")
    walk = helpdesk.contacts()
    met = [next(walk).id]
    desk.act("add_contact", email="first@x.example", name="A first one")
    met += [one.id for one in walk]
    assert len(met) == len(set(met)) == 108


def test_lists_of_contacts_keep_a_distance_of_their_own(
    desk: Desk, ready: Freshdesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    lanes: dict[str, str] = {}
    call = JsonApi.call

    def noting(self: JsonApi, method: str, path: str, **more: Any) -> Any:
        lanes[f"{method} {path.rpartition('/')[2]}"] = more.get("lane", "")
        return call(self, method, path, **more)

    monkeypatch.setattr(JsonApi, "call", noting)
    list(ready.contacts())
    ready.write(updates(desk, MARIA))
    assert lanes == {"GET contacts": "contacts list", f"PUT {desk.contact(MARIA)}": ""}


def test_a_sweep_survives_a_minute_without_lists(desk: Desk, helpdesk: Freshdesk) -> None:
    desk.fault("/contacts", "429", method="GET", times=2, seconds=1)
    desk.act("busy", seconds=1)
    assert len(list(helpdesk.contacts())) == 3


def test_values_arrive_typed_and_other_fields_stay(desk: Desk, ready: Freshdesk) -> None:
    desk.http.post(
        "/contact_fields", json={"label": "Shoe size", "label_for_customers": "S", "type": "custom_text"}
    )
    maria = desk.contact(MARIA)
    desk.http.put(f"/contacts/{maria}", json={"custom_fields": {"shoe_size": "38"}, "job_title": "Singer"})
    before = desk.writes()
    assert ready.write(updates(desk, MARIA, KENJI)) == {maria: None, desk.contact(KENJI): None}
    assert desk.held(maria) == {**FACTS, "shoe_size": "38"}
    assert desk.http.get(f"/contacts/{maria}").json()["job_title"] == "Singer"
    assert not any(desk.held(desk.contact(FATIMA)).values())
    assert desk.writes() - before == 2
    assert ready.write([ContactUpdate(maria, contexts.CLEARED)]) == {maria: None}
    assert {key: desk.held(maria)[key] for key in FACTS} == dict(contexts.CLEARED)


def test_long_text_is_cut_visibly(desk: Desk, ready: Freshdesk) -> None:
    maria = desk.contact(MARIA)
    assert ready.write(updates(desk, MARIA, billhouse_plan="x" * 300)) == {maria: None}
    assert desk.held(maria)["billhouse_plan"] == "x" * 254 + "…"


def test_who_cannot_be_written_is_said_and_holds_up_nobody(desk: Desk, ready: Freshdesk) -> None:
    maria, kenji, fatima = (desk.contact(email) for email in (MARIA, KENJI, FATIMA))
    wanted = updates(desk, MARIA, KENJI, FATIMA)
    desk.act("remove_contact", contact=maria)
    desk.act("block_contact", contact=kenji)
    answers = ready.write([*wanted, ContactUpdate("77", FACTS)])
    assert answers[fatima] is None
    assert (
        answers[maria]
        == answers[kenji]
        == ("The contact is deleted or blocked in Freshdesk, where nobody can change it.")
    )
    assert answers["77"] == "Freshdesk has no such contact any more."
    assert desk.writes() == 1


def test_who_was_merged_away_is_said_and_the_other_is_not_touched(desk: Desk, ready: Freshdesk) -> None:
    wanted = updates(desk, KENJI)
    desk.act("merge_contacts", contact=desk.contact(KENJI), into=desk.contact(MARIA))
    [told] = ready.write(wanted).values()
    assert told is not None
    assert not any(desk.held(desk.contact(MARIA)).values())


@pytest.mark.usefixtures("_no_repeats")
def test_one_fault_holds_up_nobody_else(desk: Desk, ready: Freshdesk) -> None:
    maria, kenji, fatima = (desk.contact(email) for email in (MARIA, KENJI, FATIMA))
    for shaky in (kenji, fatima):
        desk.fault(f"/contacts/{shaky}", "500", method="PUT")
    answers = ready.write(updates(desk, KENJI, MARIA, FATIMA))
    assert answers[maria] is None
    assert "500" in str(answers[kenji])
    assert "500" in str(answers[fatima])


@pytest.mark.usefixtures("_no_repeats")
def test_an_outage_keeps_what_was_confirmed_and_leaves_the_rest_out(desk: Desk, ready: Freshdesk) -> None:
    for n in range(3):
        desk.act("add_contact", email=f"p{n}@x.example", name=f"P {n}")
    wanted = updates(desk, MARIA, *(f"p{n}@x.example" for n in range(3)))
    desk.fault("/contacts/*", "500", method="PUT", times=2, skip=1)
    answers = ready.write(wanted)
    assert answers.pop(desk.contact(MARIA)) is None
    assert list(answers) == [wanted[1].contact_id]
    desk.fault("/contacts/*", "500", method="PUT", times=2)
    with pytest.raises(Transient, match="500"):
        ready.write(wanted)
    desk.fault("/contacts/*", "401", method="PUT")
    with pytest.raises(BadCredential):
        ready.write(wanted)
    assert set(ready.write(wanted).values()) == {None}


def test_a_ticket_tells_the_requesters_addresses_and_newest_words(desk: Desk, helpdesk: Freshdesk) -> None:
    desk.act("add_contact", email="ada@x.example", name="Ada", other_emails=["ada@work.example"])
    number = desk.act("ask", email="ada@work.example", subject="Charge ch_1", text="Why <29> & when?")[
        "ticket"
    ]
    read = helpdesk.ticket(number)
    assert (read.id, read.contact_id) == (number, desk.contact("ada@x.example"))
    assert read.emails == ("ada@x.example", "ada@work.example")
    assert (read.text, read.is_closed) == ("Charge ch_1\nWhy <29> & when?", False)
    desk.http.post(f"/tickets/{number}/notes", json={"body": "An agent's private word"})
    desk.act("reply", ticket=number, text="Card 4242\nplease")
    desk.http.post(f"/tickets/{number}/notes", json={"body": "An agent's public word", "private": False})
    in_their_name = {"body": "Noted from a call", "user_id": int(desk.contact("ada@x.example"))}
    desk.http.post(f"/tickets/{number}/notes", json=in_their_name)
    assert helpdesk.ticket(number).text == "Charge ch_1\nCard 4242\nplease"


def test_an_agents_ticket_has_no_customer(desk: Desk, helpdesk: Freshdesk) -> None:
    number = desk.act("ask", email="ana@lampa.example", subject="Test", text="x")["ticket"]
    read = helpdesk.ticket(number)
    assert (read.contact_id, read.emails, read.text) == (None, (), "Test\nx")
    mine = desk.act("ask", email=MARIA, subject="Test", text="x")["ticket"]
    desk.act("remove_contact", contact=desk.contact(MARIA))
    assert helpdesk.ticket(mine).emails == ()


@pytest.mark.parametrize("number", ["999", "soon", "", "1/../2", "²"])
def test_what_is_no_ticket(helpdesk: Freshdesk, number: str) -> None:
    with pytest.raises(NotFound):
        helpdesk.ticket(number)
    with pytest.raises(NotFound):
        helpdesk.note(number, "Billhouse a1", "x")


def test_a_note_is_private_shown_as_it_is_and_written_once(desk: Desk, helpdesk: Freshdesk) -> None:
    text = "5 < 6 & <b>bold</b> {{ticket.id}}\nhttps://billing.example/p?a=1&b=2.\nBillhouse a1"
    for _ in range(2):
        helpdesk.note("1", "Billhouse a1", text)
    assert desk.act("notes", ticket=1)["notes"] == [{"text": text, "is_internal": True}]
    [said] = desk.http.get("/tickets/1/conversations").json()
    link = "https://billing.example/p?a=1&amp;b=2"
    assert f'<a href="{link}">{link}</a>.<br>' in said["body"]
    assert "<b>" not in said["body"]


def test_a_note_whose_answer_was_lost_is_looked_for(desk: Desk, helpdesk: Freshdesk) -> None:
    desk.fault("/tickets/1/notes", "timeout_after", method="POST")
    with pytest.raises(Transient):
        helpdesk.note("1", "Billhouse a1", "Refunded. Billhouse a1")
    assert len(desk.seen("POST", "/notes")) == 1
    helpdesk.note("1", "Billhouse a1", "Refunded. Billhouse a1")
    assert len(desk.act("notes", ticket=1)["notes"]) == 1


def test_a_note_is_looked_for_on_every_page_but_not_in_a_customers_words(
    desk: Desk, helpdesk: Freshdesk
) -> None:
    desk.act("reply", ticket=1, text="I know your trick: Billhouse a1")
    for n in range(104):
        desk.http.post("/tickets/1/notes", json={"body": f"talk {n}"})
    for _ in range(2):
        helpdesk.note("1", "Billhouse a1", "Refunded.\nBillhouse a1")
    assert [one["text"] for one in desk.act("notes", ticket=1)["notes"]].count("Refunded.\nBillhouse a1") == 1


def test_a_closed_ticket_takes_a_note_a_deleted_one_says_why_not(desk: Desk, helpdesk: Freshdesk) -> None:
    desk.act("close_ticket", ticket=1)
    assert helpdesk.ticket("1").is_closed is False
    helpdesk.note("1", "Billhouse a1", "Billhouse a1")
    desk.act("trash_ticket", ticket=1)
    assert helpdesk.ticket("1").is_closed is True
    with pytest.raises(Refused, match="deleted or spam"):
        helpdesk.note("1", "Billhouse a2", "Billhouse a2")
