"""What happens around Zendesk's tickets: signed events in order, customers who write, users who go, busy hours."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from openapi_schema_validator import OAS30ReadValidator

from sandbox.clock import Clock
from sandbox.deliveries import Dispatcher
from sandbox.state import State
from sandbox.zendesk import acting, answers, seed, tickets, users, webhooks

KEY = b"zendesk_sandbox_hook"


@pytest.fixture
def zendesk(house: Any) -> Iterator[httpx.Client]:
    house.control("limits", **{"zendesk.account": 5000, "zendesk.user_updates": 5000})
    auth = ("api@lampa.example/token", "zendesk_sandbox_token")
    with httpx.Client(base_url=f"{house.url}/zendesk/api/v2", auth=auth, timeout=10) as client:
        yield client


@pytest.fixture(scope="session")
def schema(specs: Path) -> Any:
    document = json.loads((specs / "zendesk-support-trimmed.json").read_text())

    def check(name: str, body: Any) -> None:
        wanted = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
        OAS30ReadValidator(wanted).validate(body)

    return check


class Desk:
    """The account in this process, with somebody who listens; letters are read, not sent."""

    def __init__(self, folder: Path) -> None:
        self.state = State(folder / "state.sqlite")
        self.clock = Clock(self.state)
        people = [{"name": "Maria", "email": "maria@example.com", "external_id": "cus_maria"}]
        seed.people(self.state, self.clock, people)
        Dispatcher(self.state, self.clock, {"zendesk": webhooks.letter}).set_target("zendesk", "http://x")

    def act(self, deed: str, **asked: Any) -> dict[str, Any]:
        return acting.act(self.state, self.clock, {"deed": deed, **asked})

    def letters(self) -> list[tuple[dict[str, str], dict[str, Any]]]:
        """Every letter that waits, oldest first: headers and body."""
        found = []
        for row in self.state.execute("select event_id from deliveries order by n"):
            written = webhooks.letter(self.state, "zendesk", row["event_id"])
            assert written
            found.append((dict(written[0]), json.loads(written[1])))
        return found


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def unique() -> str:
    return f"{uuid4().hex[:10]}@example.com"


def test_the_first_day_sends_no_letters(desk: Desk) -> None:
    assert desk.letters() == []


def test_letters_are_signed_over_time_and_body(desk: Desk) -> None:
    desk.act("ask", email="maria@example.com", subject="Hi", text="Hello")
    event_id = desk.state.execute("select event_id from deliveries order by n")[0]["event_id"]
    written = webhooks.letter(desk.state, "zendesk", event_id)
    assert written
    headers, raw = written
    moment = headers["x-zendesk-webhook-signature-timestamp"]
    expected = base64.b64encode(hmac.new(KEY, moment.encode() + raw, hashlib.sha256).digest()).decode()
    assert headers["x-zendesk-webhook-signature"] == expected
    assert abs((datetime.now(UTC) - datetime.fromisoformat(moment)).total_seconds()) < 5
    assert {"x-zendesk-account-id", "x-zendesk-webhook-id", "x-zendesk-webhook-invocation-id"} <= set(headers)
    assert webhooks.letter(desk.state, "zendesk", "no such event") is None


def test_events_tell_who_said_what_in_order(desk: Desk) -> None:
    ticket = desk.act("ask", email="maria@example.com", subject="Hi", text="Hello")["ticket"]
    desk.act("reply", ticket=ticket, text="Anybody?")
    bodies = [body for _, body in desk.letters()]
    assert [body["type"].removeprefix("zen:event-type:ticket.") for body in bodies] == [
        "created", "comment_added", "comment_added",
    ]  # fmt: skip
    assert len({body["id"] for body in bodies}) == 3
    assert {body["subject"] for body in bodies} == {f"zen:ticket:{ticket}"}
    assert {body["detail"]["id"] for body in bodies} == {ticket}
    said = [body["event"]["comment"] for body in bodies[1:]]
    assert [(one["body"], one["is_public"], one["author"]["is_staff"]) for one in said] == [
        ("Hello", True, False),
        ("Anybody?", True, False),
    ]
    assert bodies[0]["detail"]["requester_id"] == said[0]["author"]["id"]
    assert (bodies[0]["detail"]["status"], bodies[0]["detail"]["via"]) == ("OPEN", {"channel": "email"})


def test_internal_notes_are_told_like_everything_else(desk: Desk) -> None:
    """An event webhook cannot be narrowed: whoever writes notes hears of them."""
    id = desk.act("ask", email="maria@example.com", subject="Hi", text="Hello")["ticket"]
    account = answers.Desk(desk.state, desk.clock, "")
    api = users.by_email(account, "api@lampa.example")
    assert api
    note = {"comment": {"html_body": "Past due<br>49.00 EUR &amp; more", "public": False}}
    tickets.revise(account, account.get(tickets.KIND, id), api["id"], note)
    comment = desk.letters()[-1][1]["event"]["comment"]
    assert comment["body"] == "Past due\n49.00 EUR & more"
    assert (comment["is_public"], comment["author"]["is_staff"]) == (False, True)
    assert desk.act("notes", ticket=id) == {
        "notes": [{"text": "Past due\n49.00 EUR & more", "is_internal": True}]
    }


def test_comments_can_be_read_newest_first(zendesk: httpx.Client, house: Any) -> None:
    ticket = house.control("act", vendor="zendesk", deed="ask", email=unique(), subject="Hi", text="one")[
        "ticket"
    ]
    for text in ("two", "three"):
        house.control("act", vendor="zendesk", deed="reply", ticket=ticket, text=text)
    path = f"/tickets/{ticket}/comments"
    page = zendesk.get(path, params={"sort": "-created_at", "page[size]": 2}).json()
    assert [one["body"] for one in page["comments"]] == ["three", "two"]
    assert [one["body"] for one in zendesk.get(page["links"]["next"]).json()["comments"]] == ["one"]
    assert [one["body"] for one in zendesk.get(path).json()["comments"]] == ["one", "two", "three"]


def test_a_stranger_who_writes_becomes_an_end_user(desk: Desk) -> None:
    assert desk.act("contact", email="new@example.com") == {"ids": []}
    desk.act("ask", email="New@Example.com", subject="Hi", text="Hello")
    assert len(desk.act("contact", email="new@example.com")["ids"]) == 1


def test_a_reply_opens_a_ticket_again_and_follows_a_closed_one_up(zendesk: httpx.Client, house: Any) -> None:
    def act(deed: str, **asked: Any) -> dict[str, Any]:
        done: dict[str, Any] = house.control("act", vendor="zendesk", deed=deed, **asked)
        return done

    ticket = act("ask", email=unique(), subject="Hi", text="Hello")["ticket"]
    zendesk.put(f"/tickets/{ticket}", json={"ticket": {"status": "solved"}}).raise_for_status()
    assert act("reply", ticket=ticket, text="Still broken") == {"ticket": ticket}
    assert zendesk.get(f"/tickets/{ticket}").json()["ticket"]["status"] == "open"
    act("close_ticket", ticket=ticket)
    after = act("reply", ticket=ticket, text="And now?")["ticket"]
    assert after != ticket
    assert zendesk.get(f"/tickets/{after}").json()["ticket"]["subject"] == "Re: Hi"


def test_a_deleted_user_is_shown_and_nowhere_listed(zendesk: httpx.Client, schema: Any) -> None:
    email = unique()
    user = zendesk.post("/users", json={"user": {"name": "Goes", "email": email}}).json()["user"]
    gone = zendesk.delete(f"/users/{user['id']}")
    assert gone.status_code == 200
    schema("UserResponse", gone.json())
    shown = zendesk.get(f"/users/{user['id']}").json()["user"]
    assert shown["active"] is False
    assert zendesk.get("/users/search", params={"query": f"email:{email}"}).json()["users"] == []
    assert zendesk.put(f"/users/{user['id']}", json={"user": {"name": "Back"}}).status_code == 404
    assert zendesk.delete(f"/users/{user['id']}").status_code == 404
    again = zendesk.post("/users", json={"user": {"name": "Another", "email": email}})
    assert again.status_code == 201


def test_merged_users_are_one_with_all_addresses_and_tickets(
    zendesk: httpx.Client, house: Any, schema: Any
) -> None:
    emails = unique(), unique()
    loser, winner = (
        zendesk.post("/users", json={"user": {"name": "One", "email": email}}).json()["user"]["id"]
        for email in emails
    )
    asked = {"vendor": "zendesk", "deed": "ask", "email": emails[0], "subject": "Hi", "text": "Hello"}
    ticket = house.control("act", **asked)["ticket"]
    merged = zendesk.put(f"/users/{loser}/merge", json={"user": {"id": winner}})
    assert merged.status_code == 200
    schema("UserResponse", merged.json())
    assert merged.json()["user"]["id"] == winner
    addresses = zendesk.get(f"/users/{winner}/identities").json()["identities"]
    assert [(one["value"], one["primary"]) for one in addresses] == [(emails[1], True), (emails[0], False)]
    assert zendesk.get(f"/tickets/{ticket}").json()["ticket"]["requester_id"] == winner
    assert zendesk.get(f"/users/{loser}").json()["user"]["active"] is False
    found = zendesk.get("/users/search", params={"query": f"email:{emails[0]}"}).json()["users"]
    assert [one["id"] for one in found] == [winner]
    ana = zendesk.get("/users/search", params={"query": "email:ana@lampa.example"}).json()["users"][0]["id"]
    assert zendesk.put(f"/users/{winner}/merge", json={"user": {"id": ana}}).status_code == 422


def test_a_busy_hour_is_told_with_its_end(zendesk: httpx.Client, house: Any) -> None:
    house.control("act", vendor="zendesk", deed="busy", seconds=1)
    refused = zendesk.get("/users/me")
    assert (refused.status_code, refused.json()["error"]) == (429, "APIRateLimitExceeded")
    assert 1 <= int(refused.headers["retry-after"]) <= 2
    time.sleep(1)
    assert zendesk.get("/users/me").status_code == 200


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ({"deed": "dance"}, ValueError),
        ({"deed": "ask", "email": "x@example.com"}, ValueError),
        ({"deed": "add_contact", "email": "maria@example.com", "name": "Again"}, ValueError),
        ({"deed": "reply", "ticket": "999", "text": "?"}, LookupError),
        ({"deed": "fields", "contact": "1"}, LookupError),
    ],
)
def test_what_nobody_can_do_is_said(desk: Desk, asked: dict[str, str], error: type[Exception]) -> None:
    with pytest.raises(error):
        acting.act(desk.state, desk.clock, asked)
