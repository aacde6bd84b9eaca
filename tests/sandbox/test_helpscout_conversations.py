"""The Help Scout account's conversations: notes, locks, merges, and the webhooks that tell of them."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from tests.sandbox.helpscout_desk import MARIA, Desk, helpscout_desk, walk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with helpscout_desk(tmp_path) as found:
        yield found


def test_a_conversation_takes_internal_notes(desk: Desk) -> None:
    ticket = desk.act("ask", email="new@person.example", subject="Help", text="One <b>\nTwo")["ticket"]
    path = f"/v2/conversations/{ticket}"
    assert "_embedded" not in desk.http.get(path).json()
    desk.act("close_ticket", ticket=ticket)
    assert desk.http.get(path).json()["status"] == "closed"
    made = desk.http.post(f"{path}/notes", json={"text": "<p>a &amp; b</p>"})
    assert (made.status_code, made.content) == (201, b"")
    note, asked = desk.http.get(path, params={"embed": "threads"}).json()["_embedded"]["threads"]
    assert (str(note["id"]), note["type"], note["body"]) == (
        made.headers["resource-id"], "note", "<p>a &amp; b</p>",
    )  # fmt: skip
    assert (note["createdBy"]["type"], asked["createdBy"]["type"]) == ("user", "customer")
    assert (asked["type"], asked["body"]) == ("customer", "One &lt;b&gt;<br>Two")
    listed = desk.http.get(f"{path}/threads").json()
    assert [one["id"] for one in listed["_embedded"]["threads"]] == [note["id"], asked["id"]]
    assert desk.act("notes", ticket=ticket) == {"notes": [{"text": "a & b", "is_internal": True}]}
    assert desk.http.get(path).json()["status"] == "closed"
    desk.act("reply", ticket=ticket, text="Three")
    assert desk.http.get(path).json()["status"] == "active"
    for wrong in ({"text": " "}, {}, {"text": "x", "status": "done"}):
        assert desk.http.post(f"{path}/notes", json=wrong).status_code == 400
    assert desk.http.post("/v2/conversations/1/notes", json={"text": "x"}).status_code == 404


def test_a_conversation_is_locked_at_ninety_nine_threads(desk: Desk) -> None:
    ticket = desk.act("ask", email=MARIA, subject="Long", text="1")["ticket"]
    for number in range(2, 100):
        desk.act("reply", ticket=ticket, text=str(number))
    locked = desk.http.post(f"/v2/conversations/{ticket}/notes", json={"text": "x"})
    assert locked.status_code == 412
    pages = [page["_embedded"]["threads"] for page in walk(desk.http, f"/v2/conversations/{ticket}/threads")]
    assert [len(page) for page in pages] == [50, 49]


def test_a_merged_conversation_tells_where_it_went(desk: Desk) -> None:
    one, other = (
        desk.act("ask", email=MARIA, subject=word, text=word)["ticket"] for word in ("One", "Other")
    )
    desk.act("merge_tickets", ticket=one, into=other)
    moved = desk.http.get(f"/v2/conversations/{one}")
    assert moved.status_code == 301
    found = desk.http.get(moved.headers["location"], params={"embed": "threads"}).json()
    assert (str(found["id"]), found["threads"], len(found["_embedded"]["threads"])) == (other, 2, 2)
    assert desk.http.post(f"/v2/conversations/{one}/notes", json={"text": "x"}).status_code == 404


def test_webhooks_are_signed_and_name_their_event(desk: Desk) -> None:
    before = len(desk.letters())
    ticket = desk.act("ask", email=MARIA, subject="s", text="t")["ticket"]
    desk.act("reply", ticket=ticket, text="again")
    desk.http.post(f"/v2/conversations/{ticket}/notes", json={"text": "n"})
    letters = desk.letters()[before:]
    assert [headers["x-helpscout-event"] for headers, _ in letters] == [
        "convo.created", "convo.customer.reply.created", "convo.note.created",
    ]  # fmt: skip
    for number, (headers, raw) in enumerate(letters, 1):
        digest = hmac.new(b"helpscout_sandbox_hook", raw, hashlib.sha1).digest()
        assert headers["x-helpscout-signature"] == base64.b64encode(digest).decode()
        body = json.loads(raw)
        assert (str(body["id"]), body["threads"], len(body["_embedded"]["threads"])) == (
            ticket,
            number,
            number,
        )
        assert body["_links"]["self"]["href"] == f"{desk.url}/v2/conversations/{ticket}"


def test_what_is_shown_has_the_documented_shape(desk: Desk, specs: Path) -> None:
    """The two documents are third-party readings of the vendor's pages: types hold, and no field is made up."""
    api = yaml.safe_load((specs / "helpscout-UNOFFICIAL-apievangelist.yml").read_text())
    hooks = yaml.safe_load((specs / "helpscout-webhooks-UNOFFICIAL-asyncapi.yml").read_text())
    conversation = hooks["components"]["schemas"]["Conversation"]
    ticket = desk.act("ask", email=MARIA, subject="s", text="t")["ticket"]
    desk.act("close_ticket", ticket=ticket)
    body = desk.http.get(f"/v2/conversations/{ticket}", params={"embed": "threads"}).json()
    for schema, shown in (
        (conversation, body),
        (conversation, json.loads(desk.letters()[-1][1])),
        (api["components"]["schemas"]["Conversation"], body),
        (
            api["components"]["schemas"]["Customer"],
            desk.http.get(f"/v2/customers/{desk.contact(MARIA)}").json(),
        ),
    ):
        Draft202012Validator(schema).validate(shown)
    assert body.keys() <= conversation["properties"].keys()
    token = api["components"]["securitySchemes"]["oauth2"]["flows"]["clientCredentials"]["tokenUrl"]
    assert token.endswith("/v2/oauth2/token")
    for path, verb in (("/customers", "get"), ("/customers/{id}", "get"), ("/conversations/{id}", "get")):
        assert verb in api["paths"][path]
