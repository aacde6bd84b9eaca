"""The Front adapter against the emulator: an administrator's fields, whole writes, conversations and notes."""

import html
import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from openapi_schema_validator import OAS30WriteValidator

from billing.errors import BadCredential, NotFound, Refused, Transient
from billing.settings_helpdesks import FrontAccount
from billing.settings_model import Settings
from helpdesk_sync import contexts
from helpdesk_sync.helpdesks import front
from helpdesk_sync.helpdesks.front import Front, asked_of_admin, field_name, stored
from helpdesk_sync.ports import ContactUpdate
from sandbox.faults import Fault
from tests.sandbox.front_desk import Desk, front_desk

BY_KEY = {field.key: field for field in contexts.FIELDS}
PLAN, RENEWS, DISPUTES = (
    field_name(BY_KEY[key]) for key in ("billhouse_plan", "billhouse_renews_on", "billhouse_open_disputes")
)
FACTS = {
    key: {"billhouse_renews_on": "2026-12-12", "billhouse_open_disputes": 0}.get(key, f"some {key}")
    for key in BY_KEY
}
SPECS = Path(__file__).parents[3] / "shared" / "specs" / "front-core-trimmed.json"


def account(desk: Desk, **changed: Any) -> FrontAccount:
    return FrontAccount.model_validate({"base_url": desk.url, "api_token": "front_sandbox_token", **changed})


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with front_desk(tmp_path) as found:
        found.act("rate", requests=100_000)
        yield found


@pytest.fixture
def helpdesk(desk: Desk) -> Iterator[Front]:
    """Our adapter, whose every request must be one that Front's own schema knows."""
    opened = Front(account(desk))
    yield opened
    opened.close()
    known_to_front(desk)


@pytest.fixture
def ready(desk: Desk, helpdesk: Front) -> Front:
    """The adapter, once an administrator has made what it asks for."""
    make_fields(desk)
    return helpdesk


def make_fields(desk: Desk) -> None:
    for name, type in asked_of_admin(contexts.FIELDS):
        desk.act("make_field", name=name, type=type)


def known_to_front(desk: Desk) -> None:
    """Check paths, query and bodies of all requests, where the schema is at hand."""
    if not SPECS.is_file():
        return
    document = json.loads(SPECS.read_text())
    for one in desk.requests:
        path = re.sub(r"/(c\w\w)_[0-9a-z]+", r"/{\1}", one["path"])
        path = path.replace("{crd}", "{contact_id}").replace("{cnv}", "{conversation_id}")
        operation = document["paths"][path][one["method"].lower()]
        parts = [
            part["$ref"].rpartition("/")[2] for part in operation.get("parameters", ()) if "$ref" in part
        ]
        assert set(one["query"]) <= {document["components"]["parameters"][part]["name"] for part in parts}
        if one["body"] is not None:
            wanted = operation["requestBody"]["content"]["application/json"]["schema"]
            OAS30WriteValidator({**wanted, "components": document["components"]}).validate(one["body"])
            named = document["components"]["schemas"][wanted["$ref"].rpartition("/")[2]]["properties"]
            assert set(one["body"]) <= set(named)


def test_the_token_tells_the_company(desk: Desk, helpdesk: Front) -> None:
    assert helpdesk.check() == "Lampa Studio (cmp_k30)"
    assert helpdesk.name == "front:front"
    with pytest.raises(BadCredential) as refused:
        Front(account(desk, api_token="wrong_token_value")).check()
    assert "wrong_token_value" not in str(refused.value)


def test_settings_open_every_company(desk: Desk) -> None:
    company = {"name": "L", "address": ["R 1"], "country": "DE", "email": "a@lampa.example"}
    wanted = {"account": "main", "base_url": desk.url, "api_token": "front_sandbox_token"}
    settings = Settings.model_validate({"company": company, "helpdesks": {"front": [wanted]}})
    [opened] = front.accounts(settings)
    assert opened.name == "front:main"
    opened.close()


def test_an_administrator_is_asked_for_every_field_by_name_and_type(desk: Desk, helpdesk: Front) -> None:
    asked = helpdesk.ensure_fields(contexts.FIELDS)
    assert len(asked) == len(contexts.FIELDS)
    assert f'name "{RENEWS}" (exactly so), type date and time' in "".join(asked)
    assert f'name "{DISPUTES}" (exactly so), type number' in "".join(asked)
    desk.act("make_field", name=PLAN, type="number")
    assert f'"{PLAN}" is of type number, not string' in helpdesk.ensure_fields(contexts.FIELDS)[0]
    desk.act("rename_field", name=PLAN, new_name="Old plan")
    make_fields(desk)
    assert helpdesk.ensure_fields(contexts.FIELDS) == []
    assert {one["method"] for one in desk.requests} == {"GET"}


def test_all_contacts_with_an_address_are_walked_once(desk: Desk, helpdesk: Front) -> None:
    for n in range(230):
        desk.act("add_contact", email=f"p{n}@example.com", name=f"P{n}")
    for n in range(100, 200):
        desk.act("remove_contact", contact=desk.contact(f"p{n}@example.com"))
    seen = list(helpdesk.contacts())
    assert len({one.id for one in seen}) == len(seen) == 133
    assert {"maria@example.com", "Kenji@Example.com", "p229@example.com"} <= {one.email for one in seen}
    assert len(desk.seen("GET", "/contacts")) == 3


def test_ours_are_written_and_everybody_elses_stay(desk: Desk, ready: Front) -> None:
    maria, kenji = desk.contact("maria@example.com"), desk.contact("kenji@example.com")
    desk.act("make_field", name="Shoe size", type="number")
    desk.act("set_field", contact=maria, name="Shoe size", value=38)
    assert ready.write([ContactUpdate(maria, FACTS), ContactUpdate(kenji, FACTS)]) == {
        maria: None,
        kenji: None,
    }
    wanted = {field_name(BY_KEY[key]): stored(BY_KEY[key], value) for key, value in FACTS.items()}
    assert desk.held(maria) == {**wanted, "Shoe size": 38}
    assert desk.held(kenji) == wanted
    noon = datetime.fromtimestamp(desk.held(maria)[RENEWS], UTC)
    assert (noon.isoformat(), desk.held(maria)[DISPUTES]) == ("2026-12-12T12:00:00+00:00", 0)
    assert ready.write([ContactUpdate(maria, FACTS)]) == {maria: None}
    assert desk.writes() == 2
    assert ready.write([ContactUpdate(maria, {**FACTS, "billhouse_renews_on": None})]) == {maria: None}
    assert RENEWS not in desk.held(maria)
    assert desk.held(maria)["Shoe size"] == 38


def test_facts_that_are_gone_are_emptied_even_where_nothing_else_is_held(desk: Desk, ready: Front) -> None:
    maria, kenji = desk.contact("maria@example.com"), desk.contact("kenji@example.com")
    desk.act("make_field", name="Shoe size", type="number")
    desk.act("set_field", contact=maria, name="Shoe size", value=38)
    ready.write([ContactUpdate(maria, FACTS), ContactUpdate(kenji, FACTS)])
    cleared = [ContactUpdate(maria, contexts.CLEARED), ContactUpdate(kenji, contexts.CLEARED)]
    assert ready.write(cleared) == {maria: None, kenji: None}
    assert desk.held(maria) == {"Shoe size": 38}
    assert not any(desk.held(kenji).values())
    assert DISPUTES not in desk.held(kenji)
    before = desk.writes()
    ready.write(cleared)
    assert desk.writes() == before


def test_a_renamed_field_stops_all_writing_and_erases_nothing(desk: Desk, ready: Front) -> None:
    maria = desk.contact("maria@example.com")
    ready.write([ContactUpdate(maria, FACTS)])
    before, writes = desk.held(maria), desk.writes()
    desk.act("rename_field", name=PLAN, new_name="Tariff")
    [told] = ready.write([ContactUpdate(maria, {**FACTS, "billhouse_plan": "Other"})]).values()
    assert told
    assert f'no contact field "{PLAN}"' in told
    assert "give it this name back" in told
    assert ready.ensure_fields(contexts.FIELDS) == [told]
    assert desk.writes() == writes
    assert desk.held(maria) == {("Tariff" if name == PLAN else name): value for name, value in before.items()}
    desk.act("rename_field", name="Tariff", new_name=PLAN)
    assert ready.write([ContactUpdate(maria, {**FACTS, "billhouse_plan": "Other"})]) == {maria: None}
    assert desk.held(maria)[PLAN] == "Other"


def test_a_contact_that_is_gone_is_told_of_and_holds_nobody_up(desk: Desk, ready: Front) -> None:
    maria, kenji, fatima = (desk.contact(f"{name}@example.com") for name in ("maria", "kenji", "fatima"))
    desk.act("remove_contact", contact=maria)
    desk.act("merge_contacts", contact=kenji, into=fatima)
    told = ready.write([ContactUpdate(one, FACTS) for one in (maria, kenji, fatima)])
    assert "deleted, or merged" in (told[maria] or "")
    assert "deleted, or merged" in (told[kenji] or "")
    assert told[fatima] is None
    assert desk.writes() == 1


def test_a_contact_that_front_does_not_take_is_told_of(desk: Desk, ready: Front) -> None:
    """Somebody else's value is not valid any more: the whole contact is refused, and says so."""
    maria, kenji = desk.contact("maria@example.com"), desk.contact("kenji@example.com")
    desk.act("make_field", name="Size", type="enum", values=["S"])
    desk.act("set_field", contact=maria, name="Size", value="S")
    [size] = [row for row in desk.state.list("front", "front", "field") if row["name"] == "Size"]
    desk.state.put("front", "front", "field", size | {"values": []}, created=0)
    told = ready.write([ContactUpdate(maria, FACTS), ContactUpdate(kenji, FACTS)])
    assert "Custom field Size must be of type enum" in (told[maria] or "")
    assert told[kenji] is None


def test_writers_of_one_contact_take_turns(desk: Desk, ready: Front) -> None:
    """Each of two writers sets one field: whoever read before the other wrote would erase it."""
    other = Front(account(desk))
    maria = desk.contact("maria@example.com")
    keys = ("billhouse_plan", "billhouse_status")
    for n in range(10):
        with ThreadPoolExecutor(2) as pool:
            for one, key in zip((ready, other), keys, strict=True):
                pool.submit(one.write, [ContactUpdate(maria, {key: str(n)})])
        assert [desk.held(maria)[field_name(BY_KEY[key])] for key in keys] == [str(n), str(n)]
    other.close()


def test_limits_are_waited_for(desk: Desk, ready: Front) -> None:
    maria = desk.contact("maria@example.com")
    desk.act("busy", seconds=0.8)
    assert ready.write([ContactUpdate(maria, FACTS)]) == {maria: None}
    assert desk.held(maria)[PLAN] == "some billhouse_plan"
    assert len(desk.seen("GET", "/contacts/custom_fields")) == 2


def test_a_lost_answer_to_a_write_is_no_harm(desk: Desk, ready: Front) -> None:
    maria = desk.contact("maria@example.com")
    desk.faults.plan(Fault(path=f"/front/contacts/{maria}", kind="timeout_after", method="PATCH"))
    assert ready.write([ContactUpdate(maria, FACTS)]) == {maria: None}
    assert desk.held(maria)[PLAN] == "some billhouse_plan"
    assert len(desk.seen("PATCH")) == 2


def test_a_conversation_tells_who_asked_and_their_newest_words(desk: Desk, helpdesk: Front) -> None:
    ticket = desk.act("ask", email="KENJI@example.com", subject="Invoice INV-7", text="First")["ticket"]
    kenji, fatima = desk.contact("kenji@example.com"), desk.contact("fatima@example.com")
    desk.act("merge_contacts", contact=fatima, into=kenji)
    desk.act("reply", ticket=ticket, text="Newest ch_123")
    for n in range(30):
        desk.act("answer", ticket=ticket, text=f"Answer {n}")
    found = helpdesk.ticket(ticket)
    assert (found.id, found.contact_id, found.is_closed) == (ticket, kenji, False)
    assert found.emails == ("KENJI@example.com", "fatima@example.com")
    assert found.text == "Invoice INV-7\nNewest ch_123"


def test_a_conversation_whose_contact_was_deleted_still_has_an_address(desk: Desk, helpdesk: Front) -> None:
    ticket = desk.act("ask", email="new@example.com", subject="Hm", text="Hm")["ticket"]
    desk.act("remove_contact", contact=desk.contact("new@example.com"))
    found = helpdesk.ticket(ticket)
    assert (found.contact_id, found.emails) == (None, ("new@example.com",))


def test_what_is_no_conversation_is_not_found(desk: Desk, helpdesk: Front) -> None:
    for wrong in ("4711", "cnv_", "cnv_1/../x", "CNV_1", "", "cnv_1?x", "alt:ref:1"):
        with pytest.raises(NotFound):
            helpdesk.ticket(wrong)
        with pytest.raises(NotFound):
            helpdesk.note(wrong, "Billhouse 1", "text")
    assert desk.requests == []
    with pytest.raises(NotFound):
        helpdesk.ticket("cnv_0")
    one, other = (desk.act("ask", email="a@example.com", subject=s, text="Hm")["ticket"] for s in "ab")
    desk.act("merge_tickets", ticket=one, into=other)
    with pytest.raises(NotFound, match="merged into another"):
        helpdesk.note(one, "Billhouse 1", "text")


def notes(desk: Desk, ticket: str) -> list[str]:
    return [one["text"] for one in desk.act("notes", ticket=ticket)["notes"]]


def test_a_note_is_a_comment_that_is_written_once_and_reads_as_it_was_meant(
    desk: Desk, helpdesk: Front
) -> None:
    ticket = desk.act("ask", email="maria@example.com", subject="Hm", text="Hm")["ticket"]
    text = "Refunded *20.00* EUR <b>\n# by ana@lampa.example\nhttps://x.example/a_b?c=1\nBillhouse a_1:done"
    helpdesk.note(ticket, "Billhouse a_1:done", text)
    assert notes(desk, ticket) == [text]
    [sent] = [one["body"] for one in desk.seen("POST", "/comments")]
    assert sent["body"].splitlines() == [
        r"Refunded \*20.00\* EUR \<b>  ",
        r"\# by ana@lampa.example  ",
        r"https://x.example/a_b?c=1  ",
        r"Billhouse a\_1:done",
    ]
    helpdesk.note(ticket, "Billhouse a_1:done", text)
    assert len(notes(desk, ticket)) == 1


def test_a_note_whose_answer_was_lost_is_not_written_twice(desk: Desk, helpdesk: Front) -> None:
    ticket = desk.act("ask", email="maria@example.com", subject="Hm", text="Hm")["ticket"]
    path = f"/front/conversations/{ticket}/comments"
    desk.faults.plan(Fault(path=path, kind="timeout_after", method="POST"))
    with pytest.raises(Transient):
        helpdesk.note(ticket, "Billhouse 7", "Paid. Billhouse 7")
    helpdesk.note(ticket, "Billhouse 7", "Paid. Billhouse 7")
    assert notes(desk, ticket) == ["Paid. Billhouse 7"]


def test_the_trash_takes_no_notes_and_an_archive_does(desk: Desk, helpdesk: Front) -> None:
    ticket = desk.act("ask", email="maria@example.com", subject="Hm", text="Hm")["ticket"]
    desk.act("archive_ticket", ticket=ticket)
    helpdesk.note(ticket, "Billhouse 1", "Billhouse 1")
    desk.act("close_ticket", ticket=ticket)
    assert helpdesk.ticket(ticket).is_closed
    with pytest.raises(Refused, match="trash"):
        helpdesk.note(ticket, "Billhouse 2", "Billhouse 2")
    assert notes(desk, ticket) == ["Billhouse 1"]


SHOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])
SIGNS = (
    r"http://x/ *a* _ __ &amp; <b> 1. 2) - # > --- === | [a](b) ![ ~~ \ \\ ` @ana a a_b :-- + ( ) = 9 &#42;"
)
PIECES = st.sampled_from([*SIGNS.split(), " ", "\n", "http://", "- ", "# "])


@given(st.lists(PIECES, max_size=14).map("".join))
def test_whatever_a_note_holds_is_shown_as_it_was_written(text: str) -> None:
    rendered = SHOWN.render(front._markdown(text))
    assert set(re.findall(r"<(\w+)", rendered)) <= {"p", "br"}
    seen = html.unescape(re.sub(r"</?(?:p|br)[ /]*>", "\n", rendered))
    assert seen.split() == text.split()
