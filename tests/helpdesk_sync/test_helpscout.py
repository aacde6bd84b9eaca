"""The Help Scout adapter against the emulator: tokens, properties, one patch a customer, tickets and notes."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import stamina

from billing.errors import BadCredential, ConfigError, NotFound, Refused, Transient
from billing.settings_helpdesks import HelpscoutAccount
from billing.settings_model import Settings
from helpdesk_sync import contexts
from helpdesk_sync.helpdesks import helpscout
from helpdesk_sync.helpdesks.helpscout import Helpscout
from helpdesk_sync.ports import ContactUpdate, Value
from tests.sandbox.helpscout_desk import FATIMA, KENJI, MARIA, Desk, helpscout_desk

SECRET = "helpscout_sandbox_secret"
FACTS: dict[str, Value] = {
    "billhouse_plan": "Pro monthly",
    "billhouse_renews_on": "2026-12-12",
    "billhouse_open_disputes": 0,
    "billhouse_past_due": None,
}


def account(desk: Desk, **changed: Any) -> HelpscoutAccount:
    given = {"base_url": desk.url, "app_id": "helpscout_sandbox_app", "app_secret": SECRET, **changed}
    return HelpscoutAccount.model_validate(given)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with helpscout_desk(tmp_path) as found:
        found.act("limit", per_minute=100_000)
        yield found


@pytest.fixture
def helpdesk(desk: Desk) -> Iterator[Helpscout]:
    opened = Helpscout(account(desk))
    yield opened
    opened.close()


@pytest.fixture
def ready(helpdesk: Helpscout) -> Helpscout:
    """The adapter, once it has made its properties."""
    assert helpdesk.ensure_fields(contexts.FIELDS) == []
    return helpdesk


def update(contact: str, **changed: Value) -> ContactUpdate:
    return ContactUpdate(contact, FACTS | changed)


def notes(desk: Desk, ticket: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = desk.act("notes", ticket=ticket)["notes"]
    return found


def ask(desk: Desk, email: str = MARIA, text: str = "Please help") -> str:
    return str(desk.act("ask", email=email, subject="A refund", text=text)["ticket"])


def test_settings_open_each_account(desk: Desk) -> None:
    settings = Settings.model_validate(
        {
            "company": {"name": "Lampa", "address": ["Road 1"], "country": "DE", "email": "a@lampa.example"},
            "helpdesks": {"helpscout": [account(desk), account(desk, account="second")]},
        }
    )
    opened = helpscout.accounts(settings)
    assert [one.name for one in opened] == ["helpscout:helpscout", "helpscout:second"]
    assert opened[0].check() == "Lampa API (owner)"
    for one in opened:
        one.close()


def test_one_token_serves_many_calls_and_is_renewed_once_it_has_expired(
    desk: Desk, helpdesk: Helpscout
) -> None:
    for _ in range(3):
        helpdesk.check()
    assert len(desk.seen("POST", "oauth2/token")) == 1
    desk.act("expire_tokens")
    assert helpdesk.check() == "Lampa API (owner)"
    assert len(desk.seen("POST", "oauth2/token")) == 2


def test_a_token_is_renewed_before_a_note_is_lost(desk: Desk, helpdesk: Helpscout) -> None:
    ticket = ask(desk)
    helpdesk.check()
    desk.act("expire_tokens")
    helpdesk.note(ticket, "m1", "words m1")
    assert [one["text"] for one in notes(desk, ticket)] == ["words m1"]


def test_an_application_that_is_not_known_says_where_to_look(desk: Desk) -> None:
    stranger = Helpscout(account(desk, app_secret="wrong_secret"))
    with pytest.raises(BadCredential, match=r"app_secret in helpdesks\.helpscout") as refused:
        stranger.check()
    assert "wrong_secret" not in str(refused.value)
    stranger.close()


def test_a_token_that_cannot_be_had_now_is_waited_for(desk: Desk, helpdesk: Helpscout) -> None:
    desk.act("busy", seconds=1.5)
    assert helpdesk.check() == "Lampa API (owner)"
    desk.act("expire_tokens")
    desk.fault("/v2/oauth2/token", kind="html", times=5)
    with stamina.set_testing(True, attempts=2), pytest.raises(Transient, match="in place of a token"):
        helpdesk.check()


def test_properties_are_made_once_with_their_types(desk: Desk, ready: Helpscout) -> None:
    there = desk.http.get("/v2/customer-properties").json()["_embedded"]["customer-properties"]
    assert {one["slug"]: (one["type"], one["name"]) for one in there} == {
        field.key.replace("_", "-"): ({"integer": "number"}.get(field.kind, field.kind), field.title)
        for field in contexts.FIELDS
    }
    desk.requests.clear()
    assert ready.ensure_fields(contexts.FIELDS) == []
    assert desk.seen("POST") == []


def test_a_property_whose_answer_was_lost_is_not_a_conflict(desk: Desk, helpdesk: Helpscout) -> None:
    desk.fault("/v2/customer-properties", kind="timeout_after", method="POST")
    with stamina.set_testing(True, attempts=3):
        assert helpdesk.ensure_fields(contexts.FIELDS) == []
    assert len(desk.seen("POST", "customer-properties")) == len(contexts.FIELDS)


def test_a_property_of_another_type_is_named(desk: Desk, helpdesk: Helpscout) -> None:
    wrong = {"slug": "billhouse-open-disputes", "type": "text", "name": "Disputes"}
    desk.http.post("/v2/customer-properties", json=wrong)
    with pytest.raises(ConfigError, match="billhouse-open-disputes is of type text, not number"):
        helpdesk.ensure_fields(contexts.FIELDS)


def test_a_full_account_is_told_what_to_do_about_each(desk: Desk, helpdesk: Helpscout) -> None:
    for number in range(48):
        body = {"slug": f"theirs-{number}", "type": "text", "name": "Theirs"}
        assert desk.http.post("/v2/customer-properties", json=body).status_code == 201
    told = helpdesk.ensure_fields(contexts.FIELDS)
    assert len(told) == len(contexts.FIELDS) - 2
    assert all("Delete one" in sentence for sentence in told)
    assert contexts.FIELDS[-1].title in told[-1]
    for number in range(len(told)):
        desk.http.delete(f"/v2/customer-properties/theirs-{number}")
    assert helpdesk.ensure_fields(contexts.FIELDS) == []


def test_every_customer_with_an_address_is_seen_once(tmp_path: Path) -> None:
    people = [{"name": f"P {n}", "email": f"p{n}@crowd.example"} for n in range(130)]
    with helpscout_desk(tmp_path, people) as desk:
        desk.http.post("/v2/customers", json={"firstName": "Only a phone"})
        helpdesk = Helpscout(account(desk))
        walk = helpdesk.contacts()
        seen = [next(walk)]
        # More go than come while page one is looked at: by numbered pages, somebody would be skipped now.
        for email in ("p129@crowd.example", "p128@crowd.example"):
            desk.act("remove_contact", contact=desk.contact(email))
        desk.act("add_contact", email="late@crowd.example", name="Late")
        seen += list(walk)
        helpdesk.close()
    assert len(seen) == len({contact.id for contact in seen})
    assert {contact.email for contact in seen} == {one["email"] for one in people}


def test_values_are_written_one_patch_a_customer(desk: Desk, ready: Helpscout) -> None:
    desk.http.post("/v2/customer-properties", json={"slug": "theirs", "type": "text", "name": "Theirs"})
    maria, kenji = desk.contact(MARIA), desk.contact(KENJI)
    theirs = [{"op": "replace", "path": "/theirs", "value": "kept"}]
    desk.http.patch(f"/v2/customers/{maria}/properties", json=theirs)
    before = desk.writes()
    assert ready.write([update(maria), update(kenji, billhouse_past_due="49.00 EUR")]) == {
        maria: None,
        kenji: None,
    }
    assert desk.writes() == before + 2
    held = desk.held(maria)
    assert (held["billhouse-plan"], held["billhouse-renews-on"]) == ("Pro monthly", "2026-12-12")
    assert (held["billhouse-open-disputes"], held["billhouse-past-due"], held["theirs"]) == (0, None, "kept")
    assert desk.held(kenji)["billhouse-past-due"] == "49.00 EUR"
    assert ready.write([ContactUpdate(kenji, contexts.CLEARED)]) == {kenji: None}
    assert set(desk.held(kenji).values()) == {None}


def test_long_text_is_cut_visibly(desk: Desk, ready: Helpscout) -> None:
    maria = desk.contact(MARIA)
    assert ready.write([update(maria, billhouse_plan="x" * 255, billhouse_gateways="y" * 256)]) == {
        maria: None
    }
    held = desk.held(maria)
    assert (held["billhouse-plan"], held["billhouse-gateways"]) == ("x" * 255, "y" * 254 + "…")


def test_who_is_gone_or_refused_holds_nobody_up(desk: Desk, ready: Helpscout) -> None:
    maria, kenji, fatima = (desk.contact(email) for email in (MARIA, KENJI, FATIMA))
    gone = desk.act("add_contact", email="gone@person.example", name="Gone")["contact"]
    desk.act("remove_contact", contact=gone)
    desk.act("merge_contacts", contact=kenji, into=maria)
    wrong = update(fatima, billhouse_renews_on="soon")
    answers = ready.write([update(gone), update(kenji), wrong, update(maria)])
    assert answers[maria] is None
    assert "no such customer" in str(answers[gone])
    assert "no such customer" in str(answers[kenji])
    assert "value must be a date" in str(answers[fatima])
    assert desk.held(maria)["billhouse-plan"] == "Pro monthly"
    assert set(desk.held(fatima).values()) == {None}


def test_an_exhausted_allowance_is_waited_out(desk: Desk, ready: Helpscout) -> None:
    maria = desk.contact(MARIA)
    desk.act("busy", seconds=1.5)
    assert ready.write([update(maria)]) == {maria: None}
    assert len(desk.seen("PATCH")) == 2


def test_an_outage_keeps_what_was_confirmed_and_is_raised_when_nothing_was(
    desk: Desk, ready: Helpscout
) -> None:
    maria, kenji, fatima = (desk.contact(email) for email in (MARIA, KENJI, FATIMA))
    with stamina.set_testing(True, attempts=2):
        desk.fault("/v2/customers/*", kind="500", method="PATCH", skip=1, times=2)
        assert ready.write([update(maria), update(kenji), update(fatima)]) == {maria: None}
        desk.fault("/v2/customers/*", kind="500", method="PATCH", times=2)
        with pytest.raises(Transient):
            ready.write([update(kenji)])
    assert desk.held(fatima)["billhouse-plan"] is None


def test_one_forbidden_customer_is_not_a_lost_key(desk: Desk, ready: Helpscout) -> None:
    maria, kenji = desk.contact(MARIA), desk.contact(KENJI)
    desk.fault("/v2/customers/*", kind="401", method="PATCH", times=2)
    answers = ready.write([update(maria), update(kenji)])
    assert "not accepted" in str(answers[maria])
    assert answers[kenji] is None
    desk.fault("/v2/*", kind="401", times=20)
    with pytest.raises(BadCredential):
        ready.write([update(maria)])


def test_a_ticket_is_its_newest_words_and_every_address(desk: Desk, helpdesk: Helpscout) -> None:
    desk.act("merge_contacts", contact=desk.contact(KENJI), into=desk.contact(MARIA))
    ticket = ask(desk, KENJI.upper(), "The first words")
    desk.act("reply", ticket=ticket, text="Charge <ch_1> & more\nplease")
    desk.http.post(f"/v2/conversations/{ticket}/notes", json={"text": "The team's words"})
    read = helpdesk.ticket(ticket)
    assert (read.id, read.contact_id, read.is_closed) == (ticket, desk.contact(MARIA), False)
    assert read.emails == (KENJI.upper(), MARIA)
    assert read.text == "A refund\nCharge <ch_1> & more\nplease"
    desk.act("close_ticket", ticket=ticket)
    assert not helpdesk.ticket(ticket).is_closed  # a closed conversation takes notes


def test_a_ticket_that_is_none(desk: Desk, helpdesk: Helpscout) -> None:
    one, other = ask(desk), ask(desk)
    desk.act("merge_tickets", ticket=one, into=other)
    with pytest.raises(NotFound, match="merged"):
        helpdesk.ticket(one)
    for nothing in (one, "999"):
        with pytest.raises(NotFound):
            helpdesk.note(nothing, "m", "m")
    desk.requests.clear()
    for no_number in ("soon", "1/../../v2/users/me", "²", ""):
        with pytest.raises(NotFound, match="have numbers"):
            helpdesk.ticket(no_number)
        with pytest.raises(NotFound, match="have numbers"):
            helpdesk.note(no_number, "m", "m")
    assert desk.requests == []


def test_a_note_is_internal_plain_and_written_once(desk: Desk, helpdesk: Helpscout) -> None:
    ticket = ask(desk, text="I was told: Billhouse a1")
    desk.act("close_ticket", ticket=ticket)
    text = 'Refunded <b>"5 & 6"</b>\n{%customer.email%} {{x}}\nBillhouse a1'
    for _ in range(2):
        helpdesk.note(ticket, "Billhouse a1", text)
    assert notes(desk, ticket) == [{"text": text, "is_internal": True}]
    [sent] = desk.seen("POST", "/notes")
    assert "<b>" not in sent["body"]["text"]
    assert "{%" not in sent["body"]["text"]
    helpdesk.note(ticket, "Billhouse a2", "Another\nBillhouse a2")
    assert len(notes(desk, ticket)) == 2


def test_a_note_whose_answer_was_lost_is_looked_for(desk: Desk, helpdesk: Helpscout) -> None:
    ticket = ask(desk)
    desk.fault(f"/v2/conversations/{ticket}/notes", kind="timeout_after", method="POST")
    with pytest.raises(Transient):
        helpdesk.note(ticket, "m1", "words m1")
    helpdesk.note(ticket, "m1", "words m1")
    assert len(notes(desk, ticket)) == 1


def test_a_locked_conversation_refuses_and_an_old_note_is_found_behind_many_threads(
    desk: Desk, helpdesk: Helpscout
) -> None:
    ticket = ask(desk)
    helpdesk.note(ticket, "m1", "words m1")
    for number in range(97):
        desk.act("reply", ticket=ticket, text=str(number))
    helpdesk.note(ticket, "m1", "words m1")
    assert helpdesk.ticket(ticket).is_closed
    with pytest.raises(Refused) as refused:
        helpdesk.note(ticket, "m2", "words m2")
    assert refused.value.code == "412"
    assert len(notes(desk, ticket)) == 1


def test_the_pace_slows_down_in_the_allowances_last_tenth(desk: Desk, helpdesk: Helpscout) -> None:
    helpdesk.check()
    desk.act("limit", per_minute=600)
    while int(desk.http.get("/v2/users/me").headers["x-ratelimit-remaining-minute"]) > 50:
        pass
    helpdesk.check()
    began = time.monotonic()
    for _ in range(3):
        helpdesk.check()
    assert time.monotonic() - began > 0.35  # as if each were a write: 300 a minute, from the second on
