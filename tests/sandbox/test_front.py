"""The emulated Front, held to the vendor's own schema: what it answers, erases, refuses, limits and signs."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from openapi_schema_validator import OAS30ReadValidator
from starlette.responses import JSONResponse, PlainTextResponse, Response

from sandbox.clock import Clock
from sandbox.deliveries import Dispatcher
from sandbox.front import seed, webhooks
from sandbox.front.app import ROUTES
from sandbox.state import State
from tests.sandbox.front_desk import PEOPLE, Desk, front_desk

NULL = {"type": "string", "nullable": True, "enum": [None]}
RECORDED = {"ContactResponse": {"updated_at"}, "InboxResponse": {"address"}}
"""What Front's real answers hold and its schema leaves out."""


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with front_desk(tmp_path) as found:
        yield found


@pytest.fixture(scope="module")
def document(specs: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((specs / "front-core-trimmed.json").read_text())
    for schema in found["components"]["schemas"].values():
        let_be_null(schema)
    return found


def let_be_null(schema: dict[str, Any]) -> None:
    """The schema says `nullable` beside a $ref, where it counts for nothing, or not at all; answers hold null."""
    for name, part in schema.get("properties", {}).items():
        let_be_null(part)
        schema["properties"][name] = {"anyOf": [part, NULL]}


@pytest.fixture(scope="module")
def schema(document: dict[str, Any]) -> Any:
    def check(name: str, body: Any) -> None:
        wanted = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
        OAS30ReadValidator(wanted).validate(body)
        known = set(document["components"]["schemas"][name]["properties"]) | RECORDED.get(name, set())
        assert set(body) <= known, name

    return check


def error(answer: httpx.Response) -> tuple[int, str, str]:
    told = answer.json()["_error"]
    assert told["status"] == answer.status_code
    return answer.status_code, told["title"], told["message"]


def test_every_path_is_the_apis(document: dict[str, Any]) -> None:
    theirs = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    assert {(method, path) for method, path, _ in ROUTES} <= theirs


def test_only_the_companys_token_comes_in(desk: Desk, schema: Any) -> None:
    me = desk.http.get("/me").json()
    schema("IdentityResponse", me)
    assert me["name"] == "Lampa Studio"
    wrong = httpx.get(f"{desk.url}/me", headers={"authorization": "Bearer wrong"})
    assert error(wrong) == (401, "Unauthenticated", "Invalid token")
    assert error(httpx.get(f"{desk.url}/me"))[0] == 401
    assert error(desk.http.get("/teams"))[0] == 404


def test_customers_are_contacts_and_the_team_is_not(desk: Desk, schema: Any) -> None:
    page = desk.http.get("/contacts").json()
    for contact in page["_results"]:
        schema("ContactResponse", contact)
    emails = {contact["handles"][0]["handle"] for contact in page["_results"]}
    assert emails == {"maria@example.com", "Kenji@Example.com", "fatima@example.com"}
    assert page["_pagination"] == {"next": None}


def test_pages_go_on_by_token_at_the_companys_host_and_may_be_short(desk: Desk) -> None:
    for n in range(9):
        desk.act("add_contact", email=f"p{n}@example.com", name=f"P{n}")
    for n in (3, 4, 5):
        desk.act("remove_contact", contact=desk.contact(f"p{n}@example.com"))
    query = {"limit": "3", "sort_by": "created_at", "sort_order": "asc"}
    sizes, seen, page = [], [], desk.http.get("/contacts", params=query).json()
    while True:
        sizes.append(len(page["_results"]))
        seen += [contact["id"] for contact in page["_results"]]
        if not (following := page["_pagination"]["next"]):
            break
        url = httpx.URL(following)
        assert (url.host, url.path, url.params["limit"]) == ("lampa.api.frontapp.com", "/contacts", "3")
        page = desk.http.get("/contacts", params={**query, "page_token": url.params["page_token"]}).json()
    assert sizes == [3, 3, 0, 3]
    assert len(set(seen)) == len(seen) == 9
    newest_first = [one["id"] for one in desk.http.get("/contacts").json()["_results"]]
    assert newest_first == seen[::-1]
    for bad in ({"limit": 101}, {"limit": "x"}, {"page_token": "%%"}, {"q": "{}"}, {"sort_order": "up"}):
        assert error(desk.http.get("/contacts", params=bad))[:2] == (400, "Bad request")


def test_an_alias_finds_a_contact_whatever_its_capitals(desk: Desk) -> None:
    found = desk.http.get("/contacts/alt:email:KENJI@example.com").json()
    assert found["id"] == desk.contact("kenji@example.com")
    assert error(desk.http.get("/contacts/alt:email:nobody@example.com"))[0] == 404
    assert error(desk.http.get("/contacts/alt:phone:+49"))[0] == 404
    with pytest.raises(ValueError, match="handle"):
        desk.act("add_contact", email="KENJI@example.com", name="Another Kenji")


def test_fields_are_made_and_renamed_by_an_administrator_alone(desk: Desk, schema: Any) -> None:
    assert desk.http.get("/contacts/custom_fields").json()["_results"] == []
    desk.act("make_field", name="City", type="string")
    desk.act("make_field", name="Size", type="enum", values=["S", "L"])
    for wrong in (
        {"name": "City", "type": "number"},
        {"name": "X", "type": "text"},
        {"name": " ", "type": "string"},
    ):
        with pytest.raises(ValueError, match="field"):
            desk.act("make_field", **wrong)
    assert error(desk.http.post("/contacts/custom_fields", json={"name": "X", "type": "string"}))[0] == 404
    maria = desk.contact("maria@example.com")
    desk.act("set_field", contact=maria, name="City", value="Warszawa")
    desk.act("rename_field", name="City", new_name="Town")
    listed = desk.http.get("/contacts/custom_fields").json()["_results"]
    for one in listed:
        schema("CustomFieldResponse", one)
    assert [(one["name"], one["type"]) for one in listed] == [("Town", "string"), ("Size", "enum")]
    assert desk.http.get(f"/contacts/{maria}").json()["custom_fields"] == {"Town": "Warszawa"}
    with pytest.raises(LookupError):
        desk.act("rename_field", name="City", new_name="Place")


def test_a_patch_erases_the_fields_that_it_leaves_out(desk: Desk) -> None:
    for name, type in (("City", "string"), ("Visits", "number"), ("Since", "datetime"), ("VIP", "boolean")):
        desk.act("make_field", name=name, type=type)
    maria = desk.contact("maria@example.com")
    first = {"City": "Warszawa", "Visits": 0, "Since": 1525417200, "VIP": True}
    answer = desk.http.patch(f"/contacts/{maria}", json={"custom_fields": first})
    assert (answer.status_code, answer.content) == (204, b"")
    assert desk.held(maria) == first
    desk.http.patch(f"/contacts/{maria}", json={"name": "Maria"})
    desk.http.patch(f"/contacts/{maria}", json={"custom_fields": {}})
    assert desk.held(maria) == first
    desk.http.patch(f"/contacts/{maria}", json={"custom_fields": {"Visits": 2}})
    assert desk.held(maria) == {"Visits": 2}
    before = desk.writes()
    for wrong in ({"Nobody's": "x"}, {"Visits": "2"}, {"Visits": True}, {"City": None}, {"VIP": 1}, ["City"]):
        refused = desk.http.patch(f"/contacts/{maria}", json={"name": "X", "custom_fields": wrong})
        assert error(refused)[:2] == (400, "Bad request")
    assert (desk.held(maria), desk.writes() - before) == ({"Visits": 2}, 0)
    assert desk.http.get(f"/contacts/{maria}").json()["name"] == "Maria"


def test_writes_are_counted_from_the_first_day_on(desk: Desk) -> None:
    assert desk.writes() == 0
    desk.http.patch(f"/contacts/{desk.contact('maria@example.com')}", json={"description": "x"})
    assert desk.writes() == 1


def test_merged_and_deleted_contacts_are_gone(desk: Desk, schema: Any) -> None:
    desk.act("make_field", name="City", type="string")
    maria, kenji = desk.contact("maria@example.com"), desk.contact("kenji@example.com")
    desk.act("set_field", contact=kenji, name="City", value="Tokyo")
    body = {"target_contact_id": maria, "contact_ids": [kenji]}
    merged = desk.http.post("/contacts/merge", json=body).json()
    schema("ContactResponse", merged)
    assert [one["handle"] for one in merged["handles"]] == ["maria@example.com", "Kenji@Example.com"]
    assert merged["custom_fields"] == {"City": "Tokyo"}
    assert desk.contact("kenji@example.com") == maria
    assert error(desk.http.get(f"/contacts/{kenji}"))[1:] == ("Not found", f"Unknown contact ID {kenji}")
    assert error(desk.http.patch(f"/contacts/{kenji}", json={"custom_fields": {"City": "x"}}))[0] == 404
    assert error(desk.http.post("/contacts/merge", json={"contact_ids": [maria]}))[0] == 400
    assert desk.http.delete(f"/contacts/{maria}").status_code == 204
    assert desk.act("contact", email="maria@example.com") == {"ids": []}
    with pytest.raises(LookupError):
        desk.act("fields", contact=maria)


def test_a_conversation_holds_what_both_said_and_what_only_teammates_see(desk: Desk, schema: Any) -> None:
    ticket = desk.act("ask", email="new@example.com", subject="Help", text="Where is <it>?")["ticket"]
    found = desk.http.get(f"/conversations/{ticket}").json()
    schema("ConversationResponse", found)
    assert (found["status"], found["subject"], found["recipient"]["handle"]) == (
        "unassigned", "Help", "new@example.com",
    )  # fmt: skip
    link = found["recipient"]["_links"]["related"]["contact"]
    assert link == f"https://lampa.api.frontapp.com/contacts/{desk.contact('new@example.com')}"
    desk.act("answer", ticket=ticket, text="We look.")
    desk.act("reply", ticket=ticket, text="Thanks")
    said = desk.http.get(f"/conversations/{ticket}/messages", params={"limit": 2}).json()
    for one in said["_results"]:
        schema("MessageResponse", one)
    assert [(one["is_inbound"], one["text"]) for one in said["_results"]] == [
        (True, "Thanks"),
        (False, "We look."),
    ]
    assert said["_pagination"]["next"]
    written = desk.http.post(f"/conversations/{ticket}/comments", json={"body": "**Paid** \\*all\\*"})
    assert written.status_code == 201
    schema("CommentResponse", written.json())
    assert written.json()["author"]["type"] == "api"
    [listed] = desk.http.get(f"/conversations/{ticket}/comments").json()["_results"]
    assert listed == written.json()
    assert desk.act("notes", ticket=ticket) == {"notes": [{"text": "**Paid** *all*", "is_internal": True}]}


def test_what_a_conversation_refuses(desk: Desk) -> None:
    ticket = desk.act("ask", email="new@example.com", subject="Help", text="Hm")["ticket"]
    for wrong in ({}, {"body": " "}, {"body": 1}, {"body": "x", "author_id": "tea_0"}):
        assert error(desk.http.post(f"/conversations/{ticket}/comments", json=wrong))[0] == 400
    time.sleep(1.1)
    broken = desk.http.post(f"/conversations/{ticket}/comments", content=b"{")
    assert error(broken)[0] == 400
    missing = desk.http.get("/conversations/cn_123/comments")
    assert error(missing) == (404, "Not found", "Unknown conversation ID cn_123")


def test_the_trash_an_archive_and_a_merged_conversation(desk: Desk) -> None:
    one, other = (desk.act("ask", email="a@example.com", subject=s, text="Hm")["ticket"] for s in "ab")
    desk.act("archive_ticket", ticket=one)
    assert desk.http.get(f"/conversations/{one}").json()["status"] == "archived"
    desk.act("reply", ticket=one, text="Still here")
    assert desk.http.get(f"/conversations/{one}").json()["status"] == "unassigned"
    desk.act("close_ticket", ticket=one)
    assert desk.http.get(f"/conversations/{one}").json()["status"] == "deleted"
    desk.act("merge_tickets", ticket=one, into=other)
    moved = desk.http.get(f"/conversations/{one}/comments")
    assert moved.status_code == 301
    assert moved.headers["location"].endswith(f"/conversations/{other}/comments")
    with pytest.raises(LookupError):
        desk.act("close_ticket", ticket="cnv_0")


def test_the_minute_then_the_spare_half_then_429(desk: Desk) -> None:
    desk.act("rate", requests=4)
    seen = [desk.http.get("/me") for _ in range(7)]
    assert [one.status_code for one in seen] == [200] * 6 + [429]
    told = [
        (one.headers["x-ratelimit-remaining"], one.headers["x-ratelimit-burst-remaining"]) for one in seen
    ]
    assert told == [("3", "2"), ("2", "2"), ("1", "2"), ("0", "2"), ("0", "1"), ("0", "0"), ("0", "0")]
    assert {one.headers["x-ratelimit-limit"] for one in seen} == {"4"}
    status, title, message = error(seen[-1])
    assert (status, title) == (429, "Too many requests")
    assert message.startswith("Rate limit exceeded. Please retry in ")
    assert 1 <= int(seen[-1].headers["retry-after"]) <= 60
    assert 0 < float(seen[-1].headers["x-ratelimit-reset"]) - time.time() <= 60
    assert "x-front-tier" not in seen[-1].headers


def test_one_conversation_takes_five_requests_a_second(desk: Desk) -> None:
    one, other = (desk.act("ask", email="a@example.com", subject=s, text="Hm")["ticket"] for s in "ab")
    seen = [desk.http.get(f"/conversations/{one}") for _ in range(6)]
    assert [answer.status_code for answer in seen] == [200] * 5 + [429]
    assert (seen[-1].headers["x-front-tier"], seen[-1].headers["retry-after"]) == ("2", "1")
    assert int(seen[-1].headers["x-ratelimit-remaining"]) > 0
    assert desk.http.get(f"/conversations/{other}").status_code == 200


def test_a_busy_company_answers_nobody_for_a_while(desk: Desk) -> None:
    desk.act("busy", seconds=0.6)
    refused = desk.http.get("/contacts")
    assert error(refused)[0] == 429
    assert refused.headers["retry-after"] == "1"
    time.sleep(0.7)
    assert desk.http.get("/contacts").status_code == 200


def events(desk: Desk) -> list[str]:
    return [one["id"] for one in desk.state.list("front", "front", "event", oldest_first=True)]


def test_letters_are_signed_and_shaped_as_front_does(desk: Desk, schema: Any) -> None:
    ticket = desk.act("ask", email="new@example.com", subject="Help", text="Hm")["ticket"]
    desk.act("answer", ticket=ticket, text="We look.")
    desk.http.post(f"/conversations/{ticket}/comments", json={"body": "note"})
    told = []
    for event in events(desk)[-3:]:
        letter = webhooks.letter(desk.state, "front", event)
        assert letter
        headers, raw = letter
        at = headers["x-front-request-timestamp"]
        assert abs(int(at) / 1000 - time.time()) < 5
        signed = hmac.new(b"front_sandbox_key", at.encode() + b":" + raw, hashlib.sha256)
        assert headers["x-front-signature"] == base64.b64encode(signed.digest()).decode()
        body = json.loads(raw)
        assert (body["authorization"], body["payload"]["id"]) == ({"id": "cmp_k30"}, event)
        schema("ConversationResponse", body["payload"]["conversation"])
        told.append((body["type"], body["payload"]["type"], body["payload"]["target"]["_meta"]["type"]))
    assert told == [
        ("inbound_received", "inbound", "message"),
        ("outbound_sent", "outbound", "message"),
        ("new_comment_added", "comment", "comment"),
    ]
    assert webhooks.letter(desk.state, "front", "evt_0") is None
    assert webhooks.letter(desk.state, "zendesk", events(desk)[0]) is None


def test_an_address_is_saved_only_when_it_gives_the_challenge_back(desk: Desk) -> None:
    def answers(form: Any) -> str:
        return desk.listener(lambda headers, _body: form(headers["x-front-challenge"]))

    for silent in (
        lambda _word: Response(status_code=200),
        lambda _word: JSONResponse({"challenge": "other"}),
        lambda word: JSONResponse({"challenge": word}, 201),
    ):
        with pytest.raises(ValueError, match="challenge"):
            desk.act("save_webhook", url=answers(silent))
    with pytest.raises(ValueError, match="did not answer"):
        desk.act("save_webhook", url="http://127.0.0.1:9/")
    form = "application/x-www-form-urlencoded"
    for right in (
        lambda word: JSONResponse({"challenge": word}),
        PlainTextResponse,
        lambda word: Response(f"challenge={word}", media_type=form),
    ):
        desk.act("save_webhook", url=answers(right))


def test_events_are_delivered_once_an_address_is_saved(desk: Desk) -> None:
    got: list[dict[str, Any]] = []

    def listen(headers: dict[str, str], raw: bytes) -> Response:
        got.append(json.loads(raw))
        return JSONResponse({"challenge": headers.get("x-front-challenge")})

    desk.act("save_webhook", url=desk.listener(listen))
    assert got.pop() == {"authorization": {"id": "cmp_k30"}, "type": "sync"}
    dispatcher = Dispatcher(desk.state, desk.clock, {"front": webhooks.letter})
    dispatcher.start()
    ticket = desk.act("ask", email="new@example.com", subject="Help", text="Hm")["ticket"]
    deadline = time.monotonic() + 10
    while not got and time.monotonic() < deadline:
        time.sleep(0.05)
    dispatcher.stop()
    assert [(one["type"], one["payload"]["conversation"]["id"]) for one in got] == [
        ("inbound_received", ticket)
    ]


def test_the_first_day_has_three_conversations_and_no_field(desk: Desk) -> None:
    subjects = [
        one["subject"] for one in desk.state.list("front", "front", "conversation", oldest_first=True)
    ]
    assert subjects == [subject for _, subject, _ in seed.TICKETS]
    with pytest.raises(ValueError, match="no deed"):
        desk.act("dance")


def test_fifty_thousand_people_are_seeded_quickly(tmp_path: Path) -> None:
    crowd = [{"name": f"P{n}", "email": f"p{n}@example.com"} for n in range(50_000)]
    state = State(tmp_path / "state.sqlite")
    began = time.monotonic()
    seed.people(state, Clock(state), [*PEOPLE, *crowd, PEOPLE[0]])
    assert time.monotonic() - began < 15
    [found] = [row for row in state.count("front") if row["kind"] == "contact"]
    assert found["n"] == 50_003
    state.close()
