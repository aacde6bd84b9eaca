"""The Intercom workspace: who comes in, attributes, contacts and their search; held to the vendor's schema."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox.clock import Clock
from sandbox.intercom import contacts, seed
from sandbox.state import State
from tests.sandbox.intercom_desk import Desk, checker, intercom_desk, refusal

MARIA = "maria@example.com"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with intercom_desk(tmp_path) as found:
        yield found


@pytest.fixture(scope="session")
def schema(specs: Path) -> Any:
    return checker(specs)


def define(desk: Desk, name: str, data_type: str = "string", **more: Any) -> httpx.Response:
    return desk.http.post(
        "/data_attributes", json={"name": name, "model": "contact", "data_type": data_type, **more}
    )


def put(desk: Desk, contact: str, **values: Any) -> httpx.Response:
    return desk.http.put(f"/contacts/{contact}", json={"custom_attributes": values})


def find(desk: Desk, query: dict[str, Any], **more: Any) -> httpx.Response:
    return desk.http.post("/contacts/search", json={"query": query, **more})


def by_email(email: str) -> dict[str, Any]:
    return {"field": "email", "operator": "=", "value": email}


def test_who_comes_in(desk: Desk, schema: Any) -> None:
    me = desk.http.get("/me").json()
    schema("admin_with_app", {**me, "job_title": "", "avatar": {"type": "avatar"}})
    assert (me["id"], me["email"], me["app"]["name"]) == ("5001", "api@lampa.example", "Lampa")
    listed = desk.http.get("/admins").json()["admins"]
    assert [one["email"] for one in listed if one["name"] == "Dora Weiss"] == ["dora@lampa.example"]
    for token in ("", "Bearer wrong", "Basic intercom_sandbox_token"):
        refused = desk.http.get("/me", headers={"authorization": token})
        assert refusal(refused) == (401, "unauthorized", "Access Token Invalid")
        assert "x-ratelimit-limit" not in refused.headers
    assert refusal(desk.http.get("/me", headers={"intercom-version": "9.9"}))[1] == "intercom_version_invalid"
    assert refusal(desk.http.get("/users"))[:2] == (404, "not_found")


def test_attributes_are_defined_once_by_names_that_are_allowed(desk: Desk, schema: Any) -> None:
    made = define(desk, "billing-plan", description="Set by billing", messenger_writable=False).json()
    schema("data_attribute", made)
    assert (made["full_name"], made["messenger_writable"]) == ("custom_attributes.billing-plan", False)
    assert define(desk, "text_cda").json()["messenger_writable"] is True
    assert define(desk, "Spend in €", "float").status_code == 200
    says = "Your name for this attribute must only contain alphanumeric characters, currency symbols, and hyphens"
    for bad in ("!nv@l!d n@me", "a.b", "a$", "", "x" * 191):
        assert refusal(define(desk, bad)) == (400, "parameter_invalid", says)
    taken = "You already have 'Billing-Plan' in your people data. To save this as new company data, use a different"
    again = {"name": "Billing-Plan", "model": "company", "data_type": "string"}
    assert refusal(desk.http.post("/data_attributes", json=again))[2] == f"{taken} name."
    assert "standard attributes" in refusal(define(desk, "Name"))[2]
    assert refusal(define(desk, "other", "mithril"))[2] == "Data Type isn't an option"
    assert "at least two options" in refusal(define(desk, "size", "options", options=[{"value": "1"}]))[2]
    assert "either contact or company" in refusal(desk.http.post("/data_attributes", json={"name": "x"}))[2]
    listed = desk.http.get("/data_attributes", params={"model": "contact"}).json()
    schema("data_attribute_list", listed)
    assert {one["name"] for one in listed["data"] if one["custom"]} == {
        "billing-plan",
        "text_cda",
        "Spend in €",
    }
    assert desk.http.get("/data_attributes", params={"model": "conversation"}).status_code == 422


def test_an_archived_attribute_is_hidden_and_takes_no_value(desk: Desk) -> None:
    made, maria = define(desk, "plan").json(), desk.contact(MARIA)
    assert put(desk, maria, plan="Pro").status_code == 200
    desk.http.put(f"/data_attributes/{made['id']}", json={"archived": True}).raise_for_status()
    for include, expected in (("false", []), ("true", [True])):
        listed = desk.http.get("/data_attributes", params={"include_archived": include}).json()["data"]
        assert [one["archived"] for one in listed if one["name"] == "plan"] == expected
    assert refusal(put(desk, maria, plan="Max"))[:2] == (400, "parameter_invalid")
    assert refusal(define(desk, "plan"))[0] == 400
    assert refusal(desk.http.put("/data_attributes/99", json={}))[0] == 404


def test_values_are_merged_by_name_typed_and_unknown_ones_refused(desk: Desk, schema: Any) -> None:
    for name, kind in (("plan", "string"), ("seats", "integer"), ("renews", "date"), ("ratio", "float")):
        define(desk, name, kind)
    maria = desk.contact(MARIA)
    contacts.forget_writes(desk.state)
    assert put(desk, maria, plan="Pro", seats=3).json()["custom_attributes"] == {"plan": "Pro", "seats": 3}
    changed = put(desk, maria, renews="2026-12-12T10:00:00Z", seats=None, plan="").json()
    schema("contact", {**changed, "avatar": {"type": "avatar"}})
    assert changed["custom_attributes"] == {"plan": None, "seats": None, "renews": 1797069600}
    assert desk.writes() == 2
    for bad in (
        {"nobody-defined-this": "x"},
        {"plan": "x" * 256},
        {"seats": "many"},
        {"seats": 1.5},
        {"renews": "soon"},
        {"plan": ["a"]},
    ):
        assert refusal(put(desk, maria, **{"ratio": 2.5, **bad}))[:2] == (400, "parameter_invalid")
    assert "ratio" not in desk.held(maria)
    assert desk.writes() == 2


def test_lists_visit_everybody_once(desk: Desk, schema: Any) -> None:
    for n in range(12):
        desk.act("add_contact", email=f"p{n}@example.com", name=f"P{n}")
    page = desk.http.get("/contacts", params={"per_page": 7}).json()
    ids = [one["id"] for one in page["data"]]
    while "next" in page["pages"]:
        schema("cursor_pages", page["pages"])
        cursor = page["pages"]["next"]["starting_after"]
        page = desk.http.get("/contacts", params={"per_page": 7, "starting_after": cursor}).json()
        ids += [one["id"] for one in page["data"]]
    schema("contact_list", page)
    assert len(ids) == len(set(ids)) == page["total_count"] == 17
    assert (page["pages"]["page"], page["pages"]["total_pages"]) == (3, 3)
    assert all(len(id) == 24 and int(id, 16) for id in ids)
    assert refusal(desk.http.get("/contacts", params={"starting_after": "x"}))[:2] == (400, "client_error")
    assert desk.http.get("/contacts", params={"per_page": 999}).json()["pages"]["per_page"] == 150
    assert desk.http.get("/contacts").json()["pages"]["per_page"] == 50


def test_leads_may_share_an_address_and_users_with_ids_of_their_own(desk: Desk) -> None:
    user = {"role": "user", "email": "Twin@example.com"}
    assert desk.http.post("/contacts", json=user).json()["email"] == "twin@example.com"
    status, code, says = refusal(desk.http.post("/contacts", json=user))
    assert (status, code) == (409, "conflict")
    assert says.startswith("A contact matching those details already exists with id=")
    assert desk.http.post("/contacts", json={**user, "external_id": "7"}).status_code == 200
    assert refusal(desk.http.post("/contacts", json={"external_id": "7"}))[0] == 409
    for _ in range(2):
        assert desk.http.post("/contacts", json={**user, "role": "lead"}).status_code == 200
    assert len(desk.act("contact", email="TWIN@example.com")["ids"]) == 4
    assert refusal(desk.http.post("/contacts", json={"name": "Nobody"}))[0] == 400
    desk.act("archive_contact", contact=desk.contact(MARIA))
    says = refusal(desk.http.post("/contacts", json={"email": MARIA}))[2]
    assert says.startswith("An archived contact matching those details already exists with id=")


def test_who_was_merged_archived_or_deleted_takes_no_update(desk: Desk, schema: Any) -> None:
    define(desk, "plan")
    user = desk.contact(MARIA)
    leads = [desk.act("add_contact", email=MARIA, name="M")["contact"] for _ in range(3)]
    stranger = desk.contact("bjork@example.com")
    asked = desk.act("ask", email="bjork@example.com", subject="Hm", text="Hm")["ticket"]
    merge = {"from": stranger, "into": user}
    assert refusal(desk.http.post("/contacts/merge", json=merge))[1] == "invalid_merge"
    assert refusal(desk.http.post("/contacts/merge", json={"from": user, "into": leads[0]}))[0] == 400
    merged = desk.http.post("/contacts/merge", json={"from": leads[0], "into": user}).json()
    assert merged["id"] == user
    forced = desk.http.post("/contacts/merge", json={**merge, "skip_duplicate_validation": True})
    assert forced.status_code == 200
    shown = desk.http.get(f"/conversations/{asked}").json()
    assert [one["id"] for one in shown["contacts"]["contacts"]] == [user]
    desk.act("archive_contact", contact=leads[1])
    deleted = desk.http.delete(f"/contacts/{leads[2]}").json()
    schema("contact_reference", deleted)
    assert deleted["deleted"] is True
    for gone in (stranger, *leads):
        assert refusal(put(desk, gone, plan="Pro")) == (404, "not_found", "User Not Found")
    moved = desk.http.get(f"/contacts/{leads[0]}")
    assert refusal(moved)[:2] == (410, "contact_merged")
    assert moved.headers["link"] == f'</contacts/{user}>; rel="canonical"'
    assert refusal(desk.http.get(f"/contacts/{leads[1]}"))[0] == 404
    assert {one["email"] for one in desk.http.get("/contacts").json()["data"]} == {
        MARIA,
        "kenji@example.com",
        "fatima@example.com",
    }


def test_the_search_learns_of_new_contacts_after_minutes(desk: Desk, schema: Any) -> None:
    new = desk.act("add_contact", email="new@example.com", name="New Person")["contact"]
    assert find(desk, by_email("new@example.com")).json()["total_count"] == 0
    assert desk.http.get(f"/contacts/{new}").status_code == 200
    desk.clock.advance(181)
    found = find(desk, by_email("NEW@example.com")).json()
    schema("contact_list", found)
    assert [one["id"] for one in found["data"]] == [new]
    desk.act("search_lag", seconds=0)
    desk.act("add_contact", email="newer@example.com", name="Newer")
    assert find(desk, by_email("newer@example.com")).json()["total_count"] == 1


def test_the_search_combines_filters_within_bounds(desk: Desk) -> None:
    def emails(query: dict[str, Any], **more: Any) -> list[str]:
        return [one["email"] for one in find(desk, query, **more).json()["data"]]

    is_lead = {"field": "role", "operator": "=", "value": "lead"}
    is_k = {"field": "email", "operator": "^", "value": "K"}
    assert sorted(emails(is_lead)) == ["bjork@example.com", "kenji@example.com"]
    assert emails({"operator": "AND", "value": [is_lead, is_k]}) == ["kenji@example.com"]
    pair = {"operator": "OR", "value": [is_k, {"field": "name", "operator": "IN", "value": ["Bjork"]}]}
    assert emails({"operator": "AND", "value": [is_lead, pair]}, sort={"field": "email"}) == [
        "kenji@example.com",
        "bjork@example.com",
    ]
    ascending = {"field": "email", "order": "ascending"}
    first = find(desk, is_lead, sort=ascending, pagination={"per_page": 1}).json()
    cursor = first["pages"]["next"]["starting_after"]
    assert emails(is_lead, sort=ascending, pagination={"per_page": 1, "starting_after": cursor}) == [
        "kenji@example.com"
    ]
    today = {"field": "created_at", "operator": ">", "value": str(desk.clock.timestamp())}
    assert emails(today) == []
    assert len(emails({**today, "operator": "<"})) == 5
    for bad in (
        {"operator": "AND", "value": [is_lead] * 16},
        {"operator": "AND", "value": [{"operator": "OR", "value": [pair]}]},
        {**today, "operator": ">="},
        {"field": "email", "operator": "LIKE", "value": "k"},
    ):
        assert refusal(find(desk, bad))[:2] == (400, "parameter_invalid")
    assert refusal(find(desk, is_lead, sort={"order": "desc"}))[1] == "invalid_sort_order"


def test_what_cannot_be_done_is_said(desk: Desk) -> None:
    with pytest.raises(ValueError, match="no deed 'fly'"):
        desk.act("fly")
    for deed in ({"deed": "reply", "ticket": "1", "text": "x"}, {"deed": "fields", "contact": "nobody"}):
        with pytest.raises(LookupError):
            desk.act(**deed)


def test_fifty_thousand_people_are_seeded_quickly(tmp_path: Path) -> None:
    state = State(tmp_path / "state.sqlite")
    crowd = ({"name": f"P {n}", "email": f"p{n}@example.com", "external_id": None} for n in range(50_000))
    began = time.monotonic()
    seed.people(state, Clock(state), crowd)
    assert time.monotonic() - began < 15
    assert contacts.writes(state) == 0
    assert len(state.list("intercom", "intercom", "contacts")) == 50_000
    state.close()
