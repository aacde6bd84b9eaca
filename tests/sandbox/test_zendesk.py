"""The Zendesk account: users, fields, bulk jobs, tickets, pages and limits, held to the vendor's own schema."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from openapi_schema_validator import OAS30ReadValidator
from starlette.requests import Request

from sandbox.clock import Clock
from sandbox.state import State
from sandbox.zendesk import jobs, users
from sandbox.zendesk.answers import Desk, Refused

MARIA = "maria@example.com"


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


def unique(word: str = "field") -> str:
    return f"{word}_{uuid4().hex[:10]}"


def new_field(zendesk: httpx.Client, kind: str = "text", **more: Any) -> str:
    key = unique()
    answer = zendesk.post(
        "/user_fields", json={"user_field": {"key": key, "title": key, "type": kind, **more}}
    )
    assert answer.status_code == 201, answer.text
    return key


def new_user(zendesk: httpx.Client, **more: Any) -> dict[str, Any]:
    wanted = {"name": "Test Person", "email": f"{unique('p')}@example.com", **more}
    answer = zendesk.post("/users", json={"user": wanted})
    assert answer.status_code == 201, answer.text
    user: dict[str, Any] = answer.json()["user"]
    return user


def find(zendesk: httpx.Client, email: str) -> dict[str, Any]:
    (user,) = zendesk.get("/users/search", params={"query": f"email:{email}"}).json()["users"]
    found: dict[str, Any] = user
    return found


def finished(zendesk: httpx.Client, job: dict[str, Any]) -> dict[str, Any]:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        shown: dict[str, Any] = zendesk.get(f"/job_statuses/{job['id']}").json()["job_status"]
        if shown["status"] == "completed":
            return shown
        time.sleep(0.05)
    raise AssertionError(f"the job never ended: {shown}")


def test_only_the_token_opens_the_door(house: Any) -> None:
    url = f"{house.url}/zendesk/api/v2/users/me.json"
    known = "api@lampa.example"
    for auth in [
        None,
        (f"{known}/token", "wrong"),
        (known, "zendesk_sandbox_token"),
        (f"{MARIA}/token", "zendesk_sandbox_token"),
    ]:
        answer = httpx.get(url, auth=auth)
        assert answer.status_code == 401
        assert answer.json() == {"error": "Couldn't authenticate you"}


def test_me_and_missing_things(zendesk: httpx.Client, schema: Any) -> None:
    me = zendesk.get("/users/me.json").json()
    schema("CurrentUserResponse", me)
    assert (me["user"]["email"], me["user"]["role"]) == ("api@lampa.example", "admin")
    for path in ("/users/1", "/tickets/999999", "/job_statuses/x", "/user_fields/1"):
        missing = zendesk.get(path)
        assert (missing.status_code, missing.json()["error"]) == (404, "RecordNotFound")
    assert zendesk.get("/organizations").json()["error"] == "InvalidEndpoint"


def test_customers_and_the_team_are_there(zendesk: httpx.Client) -> None:
    for email in (MARIA, "kenji@example.com", "fatima@example.com", "bjork@example.com"):
        assert find(zendesk, email)["role"] == "end-user"
    assert find(zendesk, "BORIS@lampa.example")["role"] == "agent"


def test_cursor_pages_visit_everybody_once(zendesk: httpx.Client, schema: Any) -> None:
    page = zendesk.get("/users.json", params={"page[size]": 7}).json()
    schema("UsersResponse", page)
    ids = [user["id"] for user in page["users"]]
    while page["meta"]["has_more"]:
        page = zendesk.get(page["links"]["next"]).json()
        assert len(page["users"]) <= 7
        ids += [user["id"] for user in page["users"]]
    assert page["links"]["next"] is None
    assert len(ids) == len(set(ids)) == zendesk.get("/users").json()["count"]
    assert zendesk.get("/users", params={"page[size]": 101}).status_code == 400
    assert zendesk.get("/users", params={"page[after]": "%%"}).status_code == 400


def test_offset_pages_and_roles(zendesk: httpx.Client) -> None:
    page = zendesk.get("/users", params={"role": "end-user", "per_page": 5}).json()
    seen = list(page["users"])
    while page["next_page"]:
        page = zendesk.get(page["next_page"]).json()
        seen += page["users"]
    assert len(seen) == page["count"]
    assert {user["role"] for user in seen} == {"end-user"}
    assert zendesk.get("/users", params={"page": 101}).status_code == 400


def test_search_is_exact_on_email_and_knows_second_addresses(zendesk: httpx.Client) -> None:
    user = new_user(zendesk)
    second = f"{unique('second')}+tag@example.com"
    changed = zendesk.put(f"/users/{user['id']}", json={"user": {"email": second.upper()}}).json()["user"]
    assert changed["email"] == user["email"]
    assert find(zendesk, second)["id"] == user["id"]
    addresses = zendesk.get(f"/users/{user['id']}/identities").json()["identities"]
    assert [(one["value"], one["primary"]) for one in addresses] == [(user["email"], True), (second, False)]
    page = zendesk.get(f"/users/{user['id']}/identities", params={"page[size]": 1}).json()
    assert ([one["value"] for one in page["identities"]], page["meta"]["has_more"]) == ([user["email"]], True)
    page = zendesk.get(page["links"]["next"]).json()
    assert ([one["value"] for one in page["identities"]], page["meta"]["has_more"]) == ([second], False)
    assert zendesk.get("/users/search", params={"query": f"email:{second[3:]}"}).json()["users"] == []
    by_name = zendesk.get("/users/search", params={"query": "kowalska"}).json()["users"]
    assert MARIA in {one["email"] for one in by_name}
    assert all("Kowalska" in one["name"] for one in by_name)


def test_creating_and_updating_by_email(zendesk: httpx.Client, schema: Any) -> None:
    email = f"{unique('c')}@example.com"
    first = zendesk.post("/users/create_or_update", json={"user": {"name": "One", "email": email}})
    again = zendesk.post("/users/create_or_update", json={"user": {"name": "Two", "email": email.upper()}})
    assert (first.status_code, again.status_code) == (201, 200)
    schema("UserResponse", again.json())
    assert again.json()["user"]["id"] == first.json()["user"]["id"]
    assert again.json()["user"]["name"] == "Two"
    taken = zendesk.post("/users", json={"user": {"name": "Three", "email": email}})
    assert taken.status_code == 422
    assert taken.json()["details"]["email"][0]["error"] == "DuplicateValue"
    assert zendesk.post("/users", json={"user": {"email": "x@example.com"}}).status_code == 422


def test_fields_are_defined_once(zendesk: httpx.Client, schema: Any) -> None:
    key = new_field(zendesk, "textarea", description="Set by billing")
    listed = zendesk.get("/user_fields").json()
    schema("UserFieldsResponse", listed)
    assert key in {field["key"] for field in listed["user_fields"]}
    again = zendesk.post("/user_fields", json={"user_field": {"key": key, "title": "Again", "type": "text"}})
    assert again.status_code == 422
    assert again.json() == {
        "error": "RecordInvalid",
        "description": "Record validation errors",
        "details": {"key": [{"description": "Key: has already been taken", "error": "DuplicateValue"}]},
    }
    for bad in ({"key": "1234"}, {"key": "a b"}, {"type": "colour"}, {"title": ""}, {"type": "dropdown"}):
        wanted = {"key": unique(), "title": "T", "type": "text", **bad}
        assert zendesk.post("/user_fields", json={"user_field": wanted}).status_code == 422


def test_values_are_merged_by_key_typed_and_unknown_ones_ignored(zendesk: httpx.Client, schema: Any) -> None:
    text, number = new_field(zendesk), new_field(zendesk, "integer")
    day, flag, exact = (
        new_field(zendesk, "date"),
        new_field(zendesk, "checkbox"),
        new_field(zendesk, "decimal"),
    )
    user = new_user(zendesk)
    assert (user["user_fields"][text], user["user_fields"][flag]) == (None, False)
    path = f"/users/{user['id']}"
    zendesk.put(path, json={"user": {"user_fields": {text: "Pro monthly", "no_such_field": "x"}}})
    values = {number: "3", day: "2026-12-01", flag: True, exact: "12.5"}
    shown = zendesk.put(path, json={"user": {"user_fields": values}}).json()
    schema("UserResponse", shown)
    fields = shown["user"]["user_fields"]
    assert fields[text] == "Pro monthly"
    assert (fields[number], fields[day], fields[flag]) == (3, "2026-12-01T00:00:00+00:00", True)
    assert fields[exact] == 12.5
    assert "no_such_field" not in fields
    cleared = zendesk.put(path, json={"user": {"user_fields": {text: None}}}).json()["user"]["user_fields"]
    assert cleared[text] is None


def test_a_value_that_does_not_fit_changes_nothing(zendesk: httpx.Client) -> None:
    text, number = new_field(zendesk), new_field(zendesk, "integer")
    choice = new_field(zendesk, "dropdown", custom_field_options=[{"name": "Gold", "value": "gold"}])
    user = new_user(zendesk)
    for values in ({text: "x" * 256}, {number: "many"}, {choice: "silver"}):
        answer = zendesk.put(
            f"/users/{user['id']}", json={"user": {"name": "Changed", "user_fields": values}}
        )
        assert (answer.status_code, answer.json()["error"]) == (422, "RecordInvalid")
        zendesk.get("/users/me")
    assert zendesk.get(f"/users/{user['id']}").json()["user"]["name"] == "Test Person"


def test_a_bulk_update_is_queued_then_done_with_a_result_for_each(
    zendesk: httpx.Client, house: Any, schema: Any
) -> None:
    key = new_field(zendesk)
    people = [new_user(zendesk) for _ in range(3)]
    house.forget("helpdesk_writes")
    batch = [{"id": user["id"], "user_fields": {key: f"plan {place}"}} for place, user in enumerate(people)]
    batch.insert(1, {"id": 4, "user_fields": {key: "nobody"}})
    batch.append({"id": people[0]["id"], "user_fields": {key: "x" * 300}})
    accepted = zendesk.put("/users/update_many.json", json={"users": batch})
    assert accepted.status_code == 200
    schema("JobStatusResponse", accepted.json())
    job = accepted.json()["job_status"]
    assert (job["status"], job["results"], job["total"]) == ("queued", None, 5)
    done = finished(zendesk, job)
    schema("JobStatusResponse", {"job_status": done})
    assert [(one["index"], one["id"], one["success"]) for one in done["results"]] == [
        (0, people[0]["id"], True),
        (1, 4, False),
        (2, people[1]["id"], True),
        (3, people[2]["id"], True),
        (4, people[0]["id"], False),
    ]
    assert done["results"][0]["status"] == "Updated"
    assert "too long" in done["results"][4]["details"]
    assert zendesk.get(f"/users/{people[2]['id']}").json()["user"]["user_fields"][key] == "plan 2"
    assert house.control("helpdesk_writes")["zendesk"] == 3


def test_one_change_for_many_ids(zendesk: httpx.Client) -> None:
    people = [new_user(zendesk) for _ in range(2)]
    ids = ",".join(str(user["id"]) for user in people)
    job = zendesk.put("/users/update_many", params={"ids": ids}, json={"user": {"notes": "hello"}}).json()[
        "job_status"
    ]
    assert [one["success"] for one in finished(zendesk, job)["results"]] == [True, True]
    shown = zendesk.get("/users/show_many", params={"ids": ids}).json()["users"]
    assert [user["notes"] for user in shown] == ["hello", "hello"]


def test_a_batch_has_at_most_a_hundred_users(zendesk: httpx.Client) -> None:
    batch = [{"id": number, "notes": "x"} for number in range(101)]
    refused = zendesk.put("/users/update_many", json={"users": batch})
    assert (refused.status_code, refused.json()["error"]) == (400, "TooManyValues")
    assert zendesk.put("/users/update_many", json={"users": batch[:100]}).status_code == 200
    assert zendesk.put("/users/update_many", json={"users": []}).status_code == 400


def test_at_most_thirty_jobs_wait_and_change_nothing_until_done(tmp_path: Path) -> None:
    state = State(tmp_path / "state.sqlite")
    desk = Desk(state, Clock(state), "")
    request = Request({"type": "http", "query_string": b"", "headers": []})
    user = users.add(desk, {"name": "Waiting"})
    body = {"users": [{"id": user["id"], "notes": "done"}]}
    for _ in range(30):
        assert jobs.update_many(desk, request, body).status_code == 200
    assert desk.get("users", user["id"])["notes"] == ""
    with pytest.raises(Refused) as refused:
        jobs.update_many(desk, request, body)
    assert (refused.value.status, refused.value.body["error"]) == (429, "TooManyJobs")
    time.sleep(jobs.DONE_SECONDS)
    jobs.run_due(state, desk.clock)
    assert desk.get("users", user["id"])["notes"] == "done"
    assert jobs.update_many(desk, request, body).status_code == 200


def test_results_are_kept_for_an_hour(zendesk: httpx.Client, house: Any) -> None:
    job = zendesk.put("/users/update_many", json={"users": [{"id": 4, "notes": "x"}]}).json()["job_status"]
    finished(zendesk, job)
    house.control("clock", advance_seconds=3601)
    assert zendesk.get(f"/job_statuses/{job['id']}").status_code == 404


def new_ticket(zendesk: httpx.Client, **headers: str) -> httpx.Response:
    body = {
        "ticket": {
            "subject": "Help",
            "comment": {"body": "Where is my invoice?"},
            "requester": {"email": MARIA},
        }
    }
    return zendesk.post("/tickets", json=body, headers=headers)


def test_a_ticket_takes_internal_notes(zendesk: httpx.Client, schema: Any) -> None:
    created = new_ticket(zendesk)
    assert created.status_code == 201
    schema("TicketResponse", created.json())
    ticket = created.json()["ticket"]
    assert ticket["requester_id"] == find(zendesk, MARIA)["id"]
    note = {"html_body": "<p>Refunded <b>29.00 EUR</b> &amp; noted {{ticket.id}}</p>", "public": False}
    updated = zendesk.put(
        f"/tickets/{ticket['id']}",
        json={"ticket": {"comment": note, "additional_tags": ["billhouse"], "status": "pending"}},
    )
    assert updated.status_code == 200
    schema("TicketUpdateResponse", updated.json())
    assert (updated.json()["ticket"]["status"], updated.json()["ticket"]["tags"]) == (
        "pending",
        ["billhouse"],
    )
    said = zendesk.get(f"/tickets/{ticket['id']}/comments").json()
    schema("TicketCommentsResponse", said)
    first, second = said["comments"]
    assert (first["body"], first["public"], first["author_id"]) == (
        "Where is my invoice?",
        True,
        ticket["requester_id"],
    )
    assert (second["body"], second["public"]) == ("Refunded 29.00 EUR & noted ", False)
    assert "<b>29.00 EUR</b>" in second["html_body"]
    assert "{{" not in second["html_body"]
    asked = zendesk.get(
        f"/users/{ticket['requester_id']}/tickets/requested", params={"page[size]": 100}
    ).json()
    assert ticket["id"] in {one["id"] for one in asked["tickets"]}


def test_the_seeded_ticket_is_marias(zendesk: httpx.Client, schema: Any) -> None:
    listed = zendesk.get("/tickets").json()
    schema("TicketsResponse", listed)
    assert listed["tickets"][0]["requester_id"] == find(zendesk, MARIA)["id"]


def test_an_idempotency_key_makes_one_ticket(zendesk: httpx.Client) -> None:
    key = uuid4().hex
    first, again = (new_ticket(zendesk, **{"Idempotency-Key": key}) for _ in range(2))
    assert first.json() == again.json()
    assert [one.headers["x-idempotency-lookup"] for one in (first, again)] == ["miss", "hit"]
    other = zendesk.post(
        "/tickets", json={"ticket": {"comment": {"body": "x"}}}, headers={"Idempotency-Key": key}
    )
    assert other.status_code == 400


def test_what_a_ticket_refuses(zendesk: httpx.Client) -> None:
    ticket = new_ticket(zendesk).json()["ticket"]
    path = f"/tickets/{ticket['id']}"
    assert zendesk.post("/tickets", json={"ticket": {"subject": "empty"}}).status_code == 422
    assert zendesk.put(path, json={"ticket": {"status": "burning"}}).status_code == 422
    stale = {"safe_update": True, "updated_stamp": "2020-01-01T00:00:00Z", "status": "open"}
    assert zendesk.put(path, json={"ticket": stale}).json()["error"] == "UpdateConflict"
    long = zendesk.put(path, json={"ticket": {"comment": {"body": "x" * 70_000, "public": False}}})
    assert len(long.json()["audit"]["events"][-1]["body"]) == 65_536
    assert zendesk.put(path, json={"ticket": {"status": "closed"}}).status_code == 200
    closed = zendesk.put(path, json={"ticket": {"comment": {"body": "late", "public": False}}})
    assert closed.status_code == 422
    assert "closed" in closed.json()["details"]["status"][0]["description"]


def test_the_account_limit_tells_what_is_left(zendesk: httpx.Client, house: Any) -> None:
    house.control("limits", **{"zendesk.account": 0})
    refused = zendesk.get("/users/me")
    house.control("limits", **{"zendesk.account": 5000})
    assert refused.status_code == 429
    assert refused.json()["error"] == "APIRateLimitExceeded"
    assert 1 <= int(refused.headers["retry-after"]) <= 61
    assert refused.headers["x-rate-limit-remaining"] == "0"
    first, second = (int(zendesk.get("/users/me").headers["x-rate-limit-remaining"]) for _ in range(2))
    assert second == first - 1


def test_one_user_takes_five_updates_a_minute(zendesk: httpx.Client) -> None:
    user = new_user(zendesk)
    seen = [
        zendesk.put(f"/users/{user['id']}", json={"user": {"notes": str(n)}}).status_code for n in range(6)
    ]
    assert seen == [200] * 5 + [429]
    assert zendesk.get(f"/users/{user['id']}").json()["user"]["notes"] == "4"
