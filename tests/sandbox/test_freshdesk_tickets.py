"""The Freshdesk account: tickets and notes, limits, and the rules that post, as the documentation has them."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.deliveries import Dispatcher
from sandbox.freshdesk import webhooks
from tests.sandbox.freshdesk_desk import PLENTY, Desk, errors, freshdesk_desk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with freshdesk_desk(tmp_path) as found:
        found.limit(account=PLENTY, contacts_list=PLENTY, ticket_create=PLENTY)
        yield found


def test_a_ticket_of_a_stranger_makes_a_contact_and_embedding_costs_more(desk: Desk) -> None:
    wanted = {"email": "new@x.example", "subject": "Help", "description": "<p>Where is it?</p>", "status": 2}
    created = desk.http.post("/tickets", json=wanted)
    assert created.status_code == 201
    ticket = created.json()
    assert str(ticket["requester_id"]) == desk.contact("new@x.example")
    assert (ticket["description_text"], ticket["description"]) == (
        "Where is it?",
        "<div><p>Where is it?</p></div>",
    )
    plain = desk.http.get(f"/tickets/{ticket['id']}")
    embedded = desk.http.get(f"/tickets/{ticket['id']}", params={"include": "requester,stats"})
    assert "requester" not in plain.json()
    assert embedded.json()["requester"]["email"] == "new@x.example"
    used = [one.headers["x-ratelimit-used-currentrequest"] for one in (plain, embedded)]
    assert used == ["1", "3"]
    left = [int(one.headers["x-ratelimit-remaining"]) for one in (plain, embedded)]
    assert left[0] - left[1] == 3
    assert errors(desk.http.get("/tickets/1", params={"include": "cat"})) == [("include", "invalid_value")]


def test_notes_are_private_unless_told_otherwise(desk: Desk) -> None:
    ticket = desk.act("ask", email="maria@example.com", subject="Help", text="Where\n<is> it?")["ticket"]
    path = f"/tickets/{ticket}/notes"
    note = desk.http.post(path, json={"body": "Refunded <b>29.00 EUR</b> &amp; noted<br>today"})
    assert note.status_code == 201
    assert (note.json()["private"], note.json()["incoming"]) == (True, False)
    assert note.json()["body_text"] == "Refunded 29.00 EUR & noted\ntoday"
    desk.act("reply", ticket=ticket, text="Thanks")
    desk.http.post(path, json={"body": "Public", "private": False})
    said = desk.http.get(f"/tickets/{ticket}/conversations").json()
    assert [(one["body_text"], one["private"], one["incoming"], one["source"]) for one in said] == [
        ("Refunded 29.00 EUR & noted\ntoday", True, False, 2),
        ("Thanks", False, True, 0),
        ("Public", False, False, 2),
    ]
    assert desk.act("notes", ticket=ticket)["notes"] == [
        {"text": "Refunded 29.00 EUR & noted\ntoday", "is_internal": True},
        {"text": "Public", "is_internal": False},
    ]
    assert errors(desk.http.post(path, json={})) == [("body", "missing_field")]
    assert errors(desk.http.post(path, json={"body": "x", "private": "no"})) == [
        ("private", "datatype_mismatch")
    ]
    assert errors(desk.http.post(path, json={"body": "x", "html": "y"})) == [("html", "invalid_field")]


def test_conversations_come_thirty_a_page(desk: Desk) -> None:
    for n in range(31):
        desk.http.post("/tickets/1/notes", json={"body": f"note {n}"})
    first = desk.http.get("/tickets/1/conversations")
    assert [one["body_text"] for one in first.json()] == [f"note {n}" for n in range(30)]
    second = desk.http.get(first.links["next"]["url"])
    assert ([one["body_text"] for one in second.json()], second.links) == (["note 30"], {})
    assert len(desk.http.get("/tickets/1/conversations", params={"per_page": 100}).json()) == 31


def test_a_closed_ticket_takes_notes_a_deleted_one_nothing(desk: Desk) -> None:
    desk.act("close_ticket", ticket=1)
    assert desk.http.post("/tickets/1/notes", json={"body": "late"}).status_code == 201
    desk.act("reply", ticket=1, text="Still wrong")
    assert desk.http.get("/tickets/1").json()["status"] == 2
    assert desk.http.delete("/tickets/1").status_code == 204
    assert desk.http.get("/tickets/1").json()["deleted"] is True
    assert desk.http.post("/tickets/1/notes", json={"body": "x"}).status_code == 405
    assert desk.http.put("/tickets/1", json={"status": 4}).status_code == 405
    assert desk.http.put("/tickets/1/restore").status_code == 204
    assert desk.http.put("/tickets/1", json={"status": 4}).json()["status"] == 4
    assert errors(desk.http.put("/tickets/1", json={"status": 9})) == [("status", "invalid_value")]


def test_lists_of_contacts_have_a_tighter_limit_of_which_only_a_refusal_tells(desk: Desk) -> None:
    desk.limit(account=50, contacts_list=2)
    assert [desk.http.get("/contacts").status_code for _ in range(2)] == [200, 200]
    refused = desk.http.get("/contacts")
    assert refused.status_code == 429
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert int(refused.headers["x-ratelimit-remaining"]) > 40
    other = desk.http.get(f"/contacts/{desk.contact('maria@example.com')}")
    assert (other.status_code, other.headers["x-ratelimit-total"]) == (200, "50")
    assert "retry-after" not in other.headers


def test_the_accounts_limit_counts_what_is_refused_too(desk: Desk) -> None:
    desk.limit(account=3)
    assert [desk.http.get("/contacts/1").status_code for _ in range(4)] == [404, 404, 404, 429]
    with pytest.raises(ValueError, match=r"freshdesk\.contacts_list"):
        desk.limit(kittens=3)


def test_a_busy_account_refuses_everything_for_a_while(desk: Desk) -> None:
    desk.act("busy", seconds=30)
    refused = desk.http.get("/agents/me")
    assert (refused.status_code, refused.headers["x-ratelimit-remaining"]) == (429, "0")
    assert 29 <= int(refused.headers["retry-after"]) <= 30
    desk.act("busy", seconds=0)
    assert desk.http.get("/agents/me").status_code == 200


def test_the_rules_post_a_new_ticket_and_a_reply_and_nothing_else(desk: Desk) -> None:
    Dispatcher(desk.state, desk.clock, {"freshdesk": webhooks.letter}).set_target(
        "freshdesk", "http://x.example"
    )
    ticket = desk.act("ask", email="maria@example.com", subject="Help", text="Hello")["ticket"]
    desk.act("reply", ticket=ticket, text="And?")
    desk.http.post(f"/tickets/{ticket}/notes", json={"body": "ours"})
    desk.act("close_ticket", ticket=ticket)
    waiting = [row["event_id"] for row in desk.state.execute("select event_id from deliveries order by n")]
    letters = [webhooks.letter(desk.state, "freshdesk", event_id) for event_id in waiting]
    bodies = [json.loads(letter[1]) for letter in letters if letter]
    assert [(one["event"], one["ticket_id"]) for one in bodies] == [
        ("ticket_created", ticket),
        ("customer_replied", ticket),
    ]
    assert letters[0] == webhooks.letter(desk.state, "freshdesk", waiting[0])
    assert letters[0] is not None
    assert letters[0][0]["x-billhouse-secret"] == "freshdesk_sandbox_hook"
    assert webhooks.letter(desk.state, "freshdesk", "no such run") is None


def test_deeds_that_make_no_sense(desk: Desk) -> None:
    with pytest.raises(ValueError, match="does not exist"):
        desk.act("dance")
    with pytest.raises(ValueError, match="needs 'subject'"):
        desk.act("ask", email="maria@example.com")
    with pytest.raises(LookupError, match="no tickets 77"):
        desk.act("close_ticket", ticket="77")
    with pytest.raises(ValueError, match="unique value"):
        desk.act("add_contact", email="maria@example.com", name="Maria again")
