"""The Freshdesk account: contacts, their fields, pages and search, as the vendor's documentation has them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.sandbox.freshdesk_desk import PLENTY, Desk, errors, freshdesk_desk

HIDDEN = {"customers_can_edit": False, "displayed_for_customers": False}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with freshdesk_desk(tmp_path) as found:
        found.limit(account=PLENTY, contacts_list=PLENTY, ticket_create=PLENTY)
        yield found


def new_field(desk: Desk, label: str, kind: str = "custom_text", **more: Any) -> str:
    wanted = {"label": label, "label_for_customers": label, "type": kind, **more}
    answer = desk.http.post("/contact_fields", json=wanted)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["name"])


def new_contact(desk: Desk, name: str, email: str, **more: Any) -> dict[str, Any]:
    answer = desk.http.post("/contacts", json={"name": name, "email": email, **more})
    assert answer.status_code == 201, answer.text
    assert answer.headers["location"].endswith(f"/api/v2/contacts/{answer.json()['id']}")
    found: dict[str, Any] = answer.json()
    return found


def test_only_the_key_opens_the_door_with_any_password(desk: Desk) -> None:
    url = f"{desk.url}/api/v2/agents/me"
    for auth in [None, ("wrong", "X"), ("X", "freshdesk_sandbox_key")]:
        answer = httpx.get(url, auth=auth)
        assert (answer.status_code, answer.json()["code"]) == (401, "invalid_credentials")
    me = httpx.get(url, auth=("freshdesk_sandbox_key", "whatever")).json()
    assert (me["contact"]["name"], me["contact"]["email"]) == ("Lampa API", "api@lampa.example")


def test_what_is_not_there_and_what_is_no_request(desk: Desk) -> None:
    for path in (
        "/contacts/1",
        "/tickets/999",
        "/tickets/999/conversations",
        "/contact_fields/1",
        "/nothing",
    ):
        missing = desk.http.get(path)
        assert (missing.status_code, missing.content) == (404, b"")
    wrong = desk.http.put("/tickets", json={})
    assert wrong.status_code == 405
    assert wrong.json() == {
        "message": "PUT method is not allowed. It should be one of these method(s): GET, POST"
    }
    assert wrong.headers["allow"] == "GET, POST"
    broken = desk.http.post("/contacts", content=b"{", headers={"content-type": "application/json"})
    assert (broken.status_code, broken.json()["code"]) == (400, "invalid_json")


def test_contacts_are_listed_by_name_once_and_the_team_is_not_among_them(desk: Desk) -> None:
    for n in range(7):
        new_contact(desk, f"{'zyxwvut'[n]} person", f"p{n}@x.example")
    seen, page = [], f"{desk.url}/api/v2/contacts?per_page=3"
    while page:
        answer = desk.http.get(page)
        assert len(answer.json()) <= 3
        seen += answer.json()
        page = answer.links.get("next", {}).get("url", "")
    names = [one["name"] for one in seen]
    assert names == sorted(names, key=str.lower)
    assert len({one["id"] for one in seen}) == len(seen) == 10
    assert not [one for one in seen if one["email"].endswith("@lampa.example")]
    team = {one["contact"]["email"] for one in desk.http.get("/agents").json()}
    assert {"ana@lampa.example", "dora@lampa.example"} <= team


def test_a_page_has_thirty_and_at_most_a_hundred(desk: Desk) -> None:
    for n in range(30):
        desk.act("add_contact", email=f"p{n}@x.example", name=f"Person {n}")
    assert len(desk.http.get("/contacts").json()) == 30
    assert len(desk.http.get("/contacts", params={"page": 2}).json()) == 3
    assert desk.http.get("/contacts", params={"page": 3}).json() == []
    for bad in ({"per_page": 101}, {"per_page": "many"}, {"page": 0}):
        assert errors(desk.http.get("/contacts", params=bad)) == [(next(iter(bad)), "invalid_value")]
    assert errors(desk.http.get("/contacts", params={"order_by": "id"})) == [("order_by", "invalid_field")]


def test_filters_by_address_time_and_state(desk: Desk) -> None:
    plus = new_contact(desk, "Plus", "bat+man@x.example", other_emails=["wayne@x.example"])
    for email in ("bat+man@x.example", "BAT+MAN@x.example", "wayne@x.example"):
        assert [one["id"] for one in desk.http.get("/contacts", params={"email": email}).json()] == [
            plus["id"]
        ]
    assert desk.http.get("/contacts", params={"email": "man@x.example"}).json() == []
    desk.clock.advance(3600)
    since = desk.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
    desk.http.put(f"/contacts/{plus['id']}", json={"job_title": "Hero"})
    changed = desk.http.get("/contacts", params={"updated_since": since}).json()
    assert [one["job_title"] for one in changed] == ["Hero"]
    assert errors(desk.http.get("/contacts", params={"updated_since": "soon"})) == [
        ("updated_since", "invalid_value")
    ]
    assert errors(desk.http.get("/contacts", params={"state": "tired"})) == [("state", "invalid_value")]


def test_a_fields_name_comes_from_its_first_label_and_customers_see_nothing(desk: Desk) -> None:
    assert new_field(desk, "Billhouse plan") == "billhouse_plan"
    assert new_field(desk, "Description") == "custom_description"
    made = {field["name"]: field for field in desk.http.get("/contact_fields").json()}
    assert made["billhouse_plan"].items() >= {**HIDDEN, "agents_can_edit": True, "default": False}.items()
    assert made["email"]["displayed_for_customers"] is True
    path = f"/contact_fields/{made['billhouse_plan']['id']}"
    changed = desk.http.put(path, json={"label": "Tariff", "displayed_for_customers": True}).json()
    assert (changed["name"], changed["label"]) == ("billhouse_plan", "Tariff")
    assert errors(desk.http.put(path, json={"type": "custom_date"})) == [("type", "invalid_field")]
    again = desk.http.post(
        "/contact_fields", json={"label": "tariff", "label_for_customers": "x", "type": "custom_text"}
    )
    assert errors(again, 409) == [("label", "duplicate_value")]


def test_what_a_new_field_needs(desk: Desk) -> None:
    whole = {"label": "A", "label_for_customers": "A", "type": "custom_text"}
    for name in whole:
        answer = desk.http.post("/contact_fields", json={**whole, name: None})
        assert errors(answer) == [(name, "missing_field")]
    assert errors(desk.http.post("/contact_fields", json={**whole, "type": "text"})) == [
        ("type", "invalid_value")
    ]
    assert errors(desk.http.post("/contact_fields", json={**whole, "colour": "red"})) == [
        ("colour", "invalid_field")
    ]
    assert errors(desk.http.post("/contact_fields", json={**whole, "agents_can_edit": "no"})) == [
        ("agents_can_edit", "datatype_mismatch")
    ]
    last = len(desk.http.get("/contact_fields").json()) + 1
    answer = desk.http.post("/contact_fields", json={**whole, "position": last + 1})
    assert errors(answer) == [("position", "invalid_value")]
    desk.act("old_account", is_old=True)
    answer = desk.http.post("/contact_fields", json={**whole, "agents_can_edit": False})
    assert errors(answer) == [("agents_can_edit", "invalid_field")]
    assert "agents_can_edit" not in desk.http.post("/contact_fields", json=whole).json()


def test_values_are_merged_by_name_typed_and_unknown_ones_refused(desk: Desk) -> None:
    new_field(desk, "Plan")
    new_field(desk, "Open disputes", "custom_number")
    new_field(desk, "Renews on", "custom_date")
    path = f"/contacts/{desk.contact('maria@example.com')}"
    desk.http.put(path, json={"custom_fields": {"plan": "Pro"}})
    shown = desk.http.put(
        path, json={"custom_fields": {"open_disputes": 2, "renews_on": "2026-12-01"}}
    ).json()
    assert shown["custom_fields"] == {"plan": "Pro", "open_disputes": 2, "renews_on": "2026-12-01"}
    assert desk.http.put(path, json={"custom_fields": {"plan": None}}).json()["custom_fields"]["plan"] is None
    for values, code in (
        ({"no_such": "x"}, "invalid_field"),
        ({"open_disputes": "2"}, "datatype_mismatch"),
        ({"open_disputes": True}, "datatype_mismatch"),
        ({"plan": 7}, "datatype_mismatch"),
        ({"plan": "x" * 256}, "invalid_value"),
        ({"renews_on": "2026-12-01T00:00:00Z"}, "invalid_value"),
        ({"renews_on": "2026-02-30"}, "invalid_value"),
    ):
        answer = desk.http.put(path, json={"name": "Changed", "custom_fields": values})
        assert errors(answer) == [(next(iter(values)), code)]
    assert desk.http.get(path).json()["name"] == "Maria Kowalska"
    desk.act("remove_field", field="open_disputes")
    new_field(desk, "Open disputes", "custom_number")
    assert desk.http.get(path).json()["custom_fields"]["open_disputes"] is None


def test_only_real_writes_are_counted(desk: Desk) -> None:
    new_field(desk, "Plan")
    maria = desk.contact("maria@example.com")
    assert desk.writes() == 0
    desk.http.put(f"/contacts/{maria}", json={"custom_fields": {"plan": "Pro"}})
    desk.http.put(f"/contacts/{maria}", json={"custom_fields": {"plan": 1}})
    assert desk.writes() == 1


@pytest.mark.parametrize(("deed", "state"), [("remove_contact", "deleted"), ("block_contact", "blocked")])
def test_deleted_and_blocked_contacts_take_nothing_and_are_in_no_usual_list(
    desk: Desk, deed: str, state: str
) -> None:
    maria = desk.contact("maria@example.com")
    desk.act(deed, contact=maria)
    refused = desk.http.put(f"/contacts/{maria}", json={"job_title": "x"})
    assert refused.status_code == 405
    assert refused.json()["message"] == "PUT method is not allowed. It should be one of these method(s): GET"
    assert desk.http.get(f"/contacts/{maria}").json().get("deleted", False) is (state == "deleted")
    assert maria not in {str(one["id"]) for one in desk.http.get("/contacts").json()}
    assert [str(one["id"]) for one in desk.http.get("/contacts", params={"state": state}).json()] == [maria]
    assert desk.act("contact", email="maria@example.com") == {"ids": []}


def test_a_deleted_contact_can_be_restored_or_erased_with_its_tickets(desk: Desk) -> None:
    maria, kenji = desk.contact("maria@example.com"), desk.contact("kenji@example.com")
    assert desk.http.delete(f"/contacts/{maria}").status_code == 204
    assert desk.http.delete(f"/contacts/{maria}").status_code == 405
    assert desk.http.put(f"/contacts/{maria}/restore").status_code == 204
    assert desk.http.put(f"/contacts/{maria}", json={"job_title": "x"}).status_code == 200
    assert desk.http.delete(f"/contacts/{kenji}/hard_delete").status_code == 400
    ticket = desk.http.get("/tickets", params={"requester_id": kenji}).json()[0]["id"]
    assert desk.http.delete(f"/contacts/{kenji}/hard_delete", params={"force": "true"}).status_code == 204
    assert desk.http.get(f"/contacts/{kenji}").status_code == 404
    assert desk.http.get(f"/tickets/{ticket}").status_code == 404


def test_an_address_has_one_owner(desk: Desk) -> None:
    for email in ("maria@example.com", "MARIA@example.com", "ana@lampa.example"):
        answer = desk.http.post("/contacts", json={"name": "Other", "email": email})
        assert errors(answer, 409) == [("email", "duplicate_value")]
    kenji = desk.contact("kenji@example.com")
    answer = desk.http.put(f"/contacts/{kenji}", json={"other_emails": ["maria@example.com"]})
    assert errors(answer, 409) == [("other_emails", "duplicate_value")]
    assert errors(desk.http.post("/contacts", json={"email": "x@x.example"})) == [("name", "missing_field")]
    assert errors(desk.http.post("/contacts", json={"name": "Nobody"})) == [("email", "missing_field")]


def test_a_merge_moves_addresses_and_tickets(desk: Desk) -> None:
    maria, kenji = desk.contact("maria@example.com"), desk.contact("kenji@example.com")
    body = {"primary_contact_id": int(maria), "secondary_contact_ids": [int(kenji)]}
    assert desk.http.post("/contacts/merge", json=body).status_code == 204
    kept = desk.http.get(f"/contacts/{maria}").json()
    assert (kept["email"], kept["other_emails"]) == ("maria@example.com", ["kenji@example.com"])
    assert desk.contact("kenji@example.com") == maria
    assert desk.http.get(f"/contacts/{kenji}").json()["deleted"] is True
    assert desk.http.put(f"/contacts/{kenji}", json={"job_title": "x"}).status_code == 405
    assert len(desk.http.get("/tickets", params={"requester_id": maria}).json()) == 2
    assert errors(desk.http.post("/contacts/merge", json=body)) == [
        ("secondary_contact_ids", "invalid_value")
    ]


def test_who_becomes_an_agent_is_a_contact_no_more(desk: Desk) -> None:
    maria = desk.contact("maria@example.com")
    assert desk.http.put(f"/contacts/{maria}/make_agent").json()["id"] == int(maria)
    assert desk.http.get(f"/contacts/{maria}").status_code == 404
    assert desk.http.get(f"/agents/{maria}").json()["contact"]["email"] == "maria@example.com"
    assert desk.act("contact", email="maria@example.com") == {"ids": []}


def found(desk: Desk, query: str) -> list[str]:
    answer = desk.http.get("/search/contacts", params={"query": f'"{query}"'})
    assert answer.status_code == 200, answer.text
    assert answer.json()["total"] == len(answer.json()["results"])
    return [one["name"] for one in answer.json()["results"]]


def test_the_search_hears_of_changes_minutes_later(desk: Desk) -> None:
    new_field(desk, "Plan")
    ada = new_contact(desk, "Ada", "ada@x.example", custom_fields={"plan": "Pro"})
    assert found(desk, "email:'ada@x.example'") == []
    desk.clock.advance(110)
    assert found(desk, "email:'ada@x.example'") == []
    desk.clock.advance(11)
    assert found(desk, "email:'ada@x.example'") == found(desk, "plan:'pro' AND active:false") == ["Ada"]
    desk.http.put(f"/contacts/{ada['id']}", json={"custom_fields": {"plan": "Team"}})
    assert found(desk, "plan:'pro'") == ["Ada"]
    desk.http.delete(f"/contacts/{ada['id']}")
    assert found(desk, "plan:'pro'") == ["Ada"]
    desk.clock.advance(121)
    assert found(desk, "plan:'pro' OR plan:'team'") == []
    desk.act("search_lag", seconds=0)
    new_contact(desk, "Bea", "bea@x.example")
    assert found(desk, "(email:'bea@x.example' OR plan:'x') AND plan:null") == ["Bea"]


def test_what_a_search_refuses(desk: Desk) -> None:
    for query in ("email:'x'", '"email:"', "\"(email:'x'\"", '"AND"', f"\"email:'{'x' * 512}'\""):
        assert errors(desk.http.get("/search/contacts", params={"query": query}))[0][0] == "query"
    assert errors(desk.http.get("/search/contacts", params={"query": '"shoe:1"'})) == [
        ("shoe", "invalid_field")
    ]
    for page in ("0", "11"):
        asked = {"query": '"active:true"', "page": page}
        assert errors(desk.http.get("/search/contacts", params=asked)) == [("page", "invalid_value")]
