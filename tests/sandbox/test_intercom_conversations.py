"""The Intercom workspace: conversations, limits and webhooks; held to the vendor's schema."""

import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox import deliveries
from sandbox.intercom import webhooks
from tests.sandbox.intercom_desk import Desk, checker, intercom_desk, refusal

MARIA = "maria@example.com"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with intercom_desk(tmp_path) as found:
        yield found


@pytest.fixture(scope="session")
def schema(specs: Path) -> Any:
    return checker(specs)


def test_a_conversation_takes_comments_and_notes(desk: Desk, schema: Any) -> None:
    maria = desk.contact(MARIA)
    wanted = {"from": {"type": "user", "id": maria}, "body": "Where is <my> invoice?"}
    began = desk.http.post("/conversations", json=wanted).json()
    path = f"/conversations/{began['conversation_id']}"
    note = {"message_type": "note", "type": "admin", "admin_id": "5001"}
    body = (
        '<script>x</script><p>Refunded <b>29 EUR</b> &amp; noted<br><a href="https://b.example">more</a></p>'
    )
    said = desk.http.post(f"{path}/reply", json={**note, "body": body}).json()
    schema("conversation", said)
    [part] = said["conversation_parts"]["conversation_parts"]
    schema("conversation_part", {**part, "metadata": {}})
    assert (part["part_type"], part["author"]["name"]) == ("note", "Lampa API")
    assert "<b>29 EUR</b>" in part["body"]
    assert "script" not in part["body"]
    comment = {"message_type": "comment", "type": "user", "intercom_user_id": maria, "body": "Thanks"}
    assert desk.http.post(f"{path}/reply", json=comment).status_code == 200
    shown = desk.http.get(path, params={"display_as": "plaintext"}).json()
    schema("conversation", shown)
    schema(
        "conversation_source",
        {**shown["source"], "recipients": None, "reply_to": None, "email_message_metadata": {}},
    )
    assert shown["source"]["body"] == "Where is <my> invoice?"
    first, second = shown["conversation_parts"]["conversation_parts"]
    assert first["body"] == "xRefunded 29 EUR & noted\nmore (https://b.example)"
    assert (second["body"], second["author"]["id"], second["author"]["type"]) == ("Thanks", maria, "user")
    assert "&lt;my&gt;" in desk.http.get(path).json()["source"]["body"]
    for bad in ({"admin_id": "9"}, {"body": " "}, {"message_type": "shout"}, {"type": "robot"}):
        assert refusal(desk.http.post(f"{path}/reply", json={**note, "body": "x", **bad}))[0] in (400, 404)
    assert refusal(desk.http.get("/conversations/1")) == (404, "not_found", "Resource Not Found")
    assert refusal(desk.http.post("/conversations/1/reply", json=note))[0] == 404


def test_a_closed_conversation_takes_notes_and_opens_when_the_contact_writes(desk: Desk) -> None:
    ticket = desk.act("ask", email="new@example.com", subject="Wrong amount", text="See <this>\nplease")[
        "ticket"
    ]
    desk.act("close_ticket", ticket=ticket)
    note = {"message_type": "note", "type": "admin", "admin_id": "5003", "body": "Hm"}
    assert desk.http.post(f"/conversations/{ticket}/reply", json=note).json()["state"] == "closed"
    desk.act("reply", ticket=ticket, text="Still wrong")
    shown = desk.http.get(f"/conversations/{ticket}", params={"display_as": "plaintext"}).json()
    assert (shown["state"], shown["open"]) == ("open", True)
    assert (shown["source"]["subject"], shown["source"]["body"]) == ("Wrong amount", "See <this>\nplease")
    kinds = [one["part_type"] for one in shown["conversation_parts"]["conversation_parts"]]
    assert kinds == ["close", "note", "open"]
    assert desk.notes(ticket) == [{"text": "Hm", "is_internal": True}]


def test_only_the_newest_500_parts_are_told(desk: Desk) -> None:
    ticket = desk.act("ask", email=MARIA, subject="Many", text="Words")["ticket"]
    for n in range(503):
        desk.act("reply", ticket=ticket, text=f"word {n}")
    parts = desk.http.get(f"/conversations/{ticket}").json()["conversation_parts"]
    assert parts["total_count"] == len(parts["conversation_parts"]) == 500
    bodies = [one["body"] for one in parts["conversation_parts"]]
    assert (bodies[0], bodies[-1]) == ("<p>word 3</p>", "<p>word 502</p>")


def test_the_allowance_is_for_windows_of_ten_seconds(desk: Desk) -> None:
    def window() -> tuple[int, int]:
        headers = desk.http.get("/me").headers
        return int(headers["x-ratelimit-reset"]), int(headers["x-ratelimit-remaining"])

    reset, left = window()
    assert (reset % 10, 0 < reset - time.time() <= 10, left >= 1600) == (0, True, True)
    # One of three pairs of calls at the least falls into one window.
    assert any(
        one[0] == two[0] and one[1] == two[1] + 1 for one, two in [(window(), window()) for _ in range(3)]
    )
    desk.act("allow", requests=0)
    refused = desk.http.get("/me")
    assert refusal(refused) == (429, "rate_limit_exceeded", "Exceeded rate limit of 0 in 10_seconds")
    assert "retry-after" not in refused.headers
    assert refused.headers["x-ratelimit-remaining"] == "0"
    desk.act("allow", requests=1000)
    assert desk.http.get("/me").status_code == 200


def test_it_can_be_busy_for_a_while(desk: Desk) -> None:
    desk.act("busy", seconds=0.4)
    refused = desk.http.get("/me")
    assert refused.status_code == 429
    assert int(refused.headers["x-ratelimit-reset"]) - time.time() <= 2
    time.sleep(0.45)
    assert desk.http.get("/me").status_code == 200


def test_letters_are_signed_and_keep_their_id(desk: Desk) -> None:
    ticket = desk.act("ask", email=MARIA, subject="Bill", text="Two <charges>")["ticket"]
    headers, raw = desk.letter()
    signature = hmac.new(b"intercom_sandbox_client", raw, hashlib.sha1).hexdigest()
    assert headers["x-hub-signature"] == f"sha1={signature}"
    told = json.loads(raw)
    assert (told["type"], told["topic"]) == ("notification_event", "conversation.user.created")
    assert told["id"].startswith("notif_")
    item = told["data"]["item"]
    assert (item["id"], item["source"]["body"]) == (ticket, "Two <charges>")
    note = {"message_type": "note", "type": "admin", "admin_id": "5001", "body": "Hm"}
    topics = []
    for deed in (
        lambda: desk.http.post(f"/conversations/{ticket}/reply", json=note),
        lambda: desk.http.post(f"/conversations/{ticket}/reply", json={**note, "message_type": "comment"}),
        lambda: desk.act("reply", ticket=ticket, text="Thanks"),
        lambda: desk.act("close_ticket", ticket=ticket),
        lambda: desk.act("ping"),
    ):
        deed()
        topics.append(json.loads(desk.letter()[1])["topic"])
    conversation = "conversation.admin"
    assert topics == [
        f"{conversation}.noted",
        f"{conversation}.replied",
        "conversation.user.replied",
        f"{conversation}.closed",
        "ping",
    ]
    assert json.loads(desk.letter()[1])["id"] is None
    assert webhooks.letter(desk.state, "intercom", "notif_unknown") is None


def test_a_listener_is_posted_what_happens_from_then_on(desk: Desk) -> None:
    dispatcher = deliveries.Dispatcher(desk.state, desk.clock, {"intercom": webhooks.letter})
    desk.act("ask", email=MARIA, subject="Before", text="Nobody listens")
    dispatcher.set_target("intercom", "http://127.0.0.1:9/nowhere")
    desk.act("ask", email=MARIA, subject="After", text="Somebody does")
    [waiting] = desk.state.execute("select event_id from deliveries")
    assert json.loads(desk.letter()[1])["id"] == waiting["event_id"]
