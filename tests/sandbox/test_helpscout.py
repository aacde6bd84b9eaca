"""The Help Scout account: tokens, customers by page and cursor, their properties, limits, deletions and merges."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.sandbox.helpscout_desk import CREDENTIALS, FATIMA, KENJI, MARIA, Desk, helpscout_desk, walk

TWO_DAYS = 172_800


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with helpscout_desk(tmp_path) as found:
        yield found


@pytest.fixture
def http(desk: Desk) -> httpx.Client:
    return desk.http


def crowd(count: int) -> list[dict[str, str]]:
    return [{"name": f"Person {n}", "email": f"p{n}@crowd.example"} for n in range(count)]


def define(http: httpx.Client, slug: str, kind: str = "text", **more: Any) -> httpx.Response:
    wanted = {"type": kind, "slug": slug, "name": slug.title(), **more}
    return http.post("/v2/customer-properties", json=wanted)


def put(http: httpx.Client, contact: str, **values: Any) -> httpx.Response:
    steps = [{"op": "replace", "path": f"/{slug}", "value": value} for slug, value in values.items()]
    return http.patch(f"/v2/customers/{contact}/properties", json=steps)


def test_a_token_opens_the_door_for_two_days(desk: Desk) -> None:
    answer = desk.http.post("/v2/oauth2/token", data=CREDENTIALS).json()
    assert (answer["token_type"], answer["expires_in"]) == ("bearer", TWO_DAYS)
    bearer = {"authorization": f"Bearer {answer['access_token']}"}
    desk.clock.advance(TWO_DAYS - 5)
    assert httpx.get(f"{desk.url}/v2/users/me", headers=bearer).status_code == 200
    desk.clock.advance(6)
    late = httpx.get(f"{desk.url}/v2/users/me", headers=bearer)
    assert (late.status_code, late.json()["error"]) == (401, "invalid_token")
    assert "invalid_token" in late.headers["www-authenticate"]


@pytest.mark.parametrize(
    ("changed", "error"),
    [({"client_secret": "wrong"}, "invalid_client"), ({"grant_type": "password"}, "unsupported_grant_type")],
)
def test_nobody_else_is_given_a_token(desk: Desk, changed: dict[str, str], error: str) -> None:
    answer = httpx.post(f"{desk.url}/v2/oauth2/token", data=CREDENTIALS | changed)
    assert (answer.status_code, answer.json()["error"]) == (400, error)
    assert httpx.get(f"{desk.url}/v2/customers").status_code == 401
    assert httpx.post(f"{desk.url}/v2/oauth2/token", json=CREDENTIALS).status_code == 200


def test_the_team_are_users_and_never_customers(http: httpx.Client) -> None:
    me = http.get("/v2/users/me").json()
    assert (me["email"], me["role"], me["type"]) == ("api@lampa.example", "owner", "user")
    team = {user["email"] for user in http.get("/v2/users").json()["_embedded"]["users"]}
    assert {"ana@lampa.example", "boris@lampa.example", "chen@lampa.example", "dora@lampa.example"} < team
    customers = http.get("/v2/customers").json()["_embedded"]["customers"]
    found = {one["_embedded"]["emails"][0]["value"] for one in customers}
    assert found == {MARIA, KENJI, FATIMA}


def test_errors_are_unified(http: httpx.Client) -> None:
    missing = http.get("/v2/customers/1")
    assert missing.status_code == 404
    assert {"logRef", "message", "_links"} <= missing.json().keys()
    blank = define(http, "car", name="")
    assert blank.status_code == 400
    [error] = blank.json()["_embedded"]["errors"]
    assert (error["path"], error["message"], error["source"]) == ("name", "may not be empty", "JSON")
    assert error["_links"]["about"]["href"].endswith("errors#NotEmpty")
    assert http.post("/v2/customer-properties", content=b"{").status_code == 400


def test_numbered_pages_shift_and_cursors_do_not(tmp_path: Path) -> None:
    with helpscout_desk(tmp_path, crowd(120)) as desk:
        first = desk.http.get("/v2/customers").json()
        assert first["page"] == {"size": 50, "totalElements": 120, "totalPages": 3, "number": 1}
        assert first["_links"]["page"]["templated"] is True
        assert [len(page["_embedded"]["customers"]) for page in walk(desk.http, "/v2/customers")] == [
            50,
            50,
            20,
        ]
        for path, skips in (("/v2/customers", True), ("/v3/customers", False)):
            seen: list[int] = []
            everybody = {
                one["id"] for page in walk(desk.http, path) for one in page["_embedded"]["customers"]
            }
            for number, page in enumerate(walk(desk.http, path)):
                seen += [one["id"] for one in page["_embedded"]["customers"]]
                if number == 0:
                    desk.act("remove_contact", contact=str(seen[0]))
                    desk.act("remove_contact", contact=str(seen[1]))
            assert len(seen) == len(set(seen))
            assert bool(everybody - set(seen)) is skips
        assert desk.http.get("/v2/customers", params={"page": 0}).status_code == 400
        assert desk.http.get("/v3/customers", params={"cursor": "%%"}).status_code == 400


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"query": f'(email:"{MARIA}")'}, {MARIA}),
        ({"query": '(email:"@EXAMPLE.com")'}, {MARIA, KENJI, FATIMA}),
        ({"query": f'(email:("{MARIA}" OR "kenji@example.com"))'}, {MARIA, KENJI}),
        ({"query": '(firstName:"kenji" OR lastName:"Kowalska")'}, {MARIA, KENJI}),
        ({"query": '(firstName:"Kenji" AND lastName:"Kowalska")'}, set()),
        ({"query": "modifiedAt:[2999-01-01T00:00:00Z TO *]"}, set()),
        ({"firstName": "maria"}, {MARIA}),
        ({"modifiedSince": "2000-01-01T00:00:00Z", "lastName": "Sato"}, {KENJI}),
    ],
)
def test_searching(http: httpx.Client, asked: dict[str, str], found: set[str]) -> None:
    for path in ("/v2/customers", "/v3/customers"):
        page = http.get(path, params=asked).json()
        assert ("_embedded" in page) is bool(found)
        shown = page.get("_embedded", {}).get("customers", [])
        assert {one["_embedded"]["emails"][0]["value"] for one in shown} == found
    assert http.get("/v2/customers", params={"query": "(email:"}).status_code == 400


def test_an_address_belongs_to_one_customer(desk: Desk) -> None:
    wanted = {"firstName": "M", "emails": [{"type": "work", "value": MARIA.upper()}]}
    assert desk.http.post("/v2/customers", json=wanted).status_code == 409
    made = desk.http.post("/v2/customers", json={"firstName": "N", "emails": [{"value": "n@new.example"}]})
    assert (made.status_code, made.content) == (201, b"")
    assert made.headers["resource-id"] == desk.contact("N@new.example")
    assert desk.http.post("/v2/customers", json={"firstName": "x" * 41}).status_code == 400


@pytest.mark.parametrize(
    "wrong",
    [
        {"slug": "a b"},
        {"slug": "jobTitle"},
        {"slug": "x" * 101},
        {"slug": ""},
        {"type": "colour"},
        {"name": " "},
        {"type": "dropdown"},
        {"type": "dropdown", "options": [{"label": "x" * 256}]},
    ],
)
def test_a_definition_keeps_the_rules(http: httpx.Client, wrong: dict[str, Any]) -> None:
    good = {"type": "text", "slug": "car_2-a", "name": "Car"}
    assert http.post("/v2/customer-properties", json=good | wrong).status_code == 400
    assert "_embedded" not in http.get("/v2/customer-properties").json()
    assert http.post("/v2/customer-properties", json=good).status_code == 201
    [shown] = http.get("/v2/customer-properties").json()["_embedded"]["customer-properties"]
    assert shown == good
    assert http.post("/v2/customer-properties", json=good).status_code == 409


def test_an_account_has_at_most_fifty_definitions(http: httpx.Client) -> None:
    for number in range(50):
        assert define(http, f"slug{number}").status_code == 201
    assert define(http, "slug50").status_code == 400
    assert http.delete("/v2/customer-properties/slug0").status_code == 204
    assert define(http, "slug50").status_code == 201


def test_values_are_replaced_and_removed_one_by_one(desk: Desk) -> None:
    for slug, kind in (("car", "text"), ("seats", "number"), ("born", "date"), ("site", "url")):
        define(desk.http, slug, kind)
    define(desk.http, "plan", "dropdown", options=[{"id": "p1", "label": "Plus"}])
    maria = desk.contact(MARIA)
    before = desk.writes()
    answer = put(desk.http, maria, car="Tesla", seats=-5, born="2019-01-02", site="google.com", plan="Plus")
    assert (answer.status_code, answer.content) == (204, b"")
    steps = [{"op": "remove", "path": "/car"}, {"op": "replace", "path": "/seats", "value": 4}]
    assert desk.http.patch(f"/v2/customers/{maria}/properties", json=steps).status_code == 204
    shown = desk.http.get(f"/v2/customers/{maria}").json()["_embedded"]["properties"]
    assert {one["slug"]: one["value"] for one in shown} == {
        "seats": 4, "born": "2019-01-02", "site": "google.com", "plan": "p1",
    }  # fmt: skip
    assert {"type": "dropdown", "slug": "plan", "name": "Plan", "value": "p1", "text": "Plus"} in shown
    assert desk.held(maria)["car"] is None
    assert desk.writes() == before + 2
    desk.http.delete("/v2/customer-properties/seats")
    define(desk.http, "seats", "number")
    assert desk.held(maria)["seats"] is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"car": "x" * 256},
        {"car": ""},
        {"car": 7},
        {"seats": "7"},
        {"seats": 2**63},
        {"seats": True},
        {"born": "2019-02-30"},
        {"born": "2019-1-2"},
        {"site": "no url"},
        {"nobody_knows": "x"},
    ],
)
def test_a_patch_is_done_whole_or_not_at_all(desk: Desk, wrong: dict[str, Any]) -> None:
    for slug, kind in (
        ("car", "text"),
        ("seats", "number"),
        ("born", "date"),
        ("site", "url"),
        ("ok", "text"),
    ):
        define(desk.http, slug, kind)
    maria = desk.contact(MARIA)
    assert put(desk.http, maria, **{"ok": "new", **wrong}).status_code == 400
    assert set(desk.held(maria).values()) == {None}
    assert put(desk.http, "1", ok="new").status_code == 404
    add = [{"op": "add", "path": "/ok", "value": "new"}]
    assert desk.http.patch(f"/v2/customers/{maria}/properties", json=add).status_code == 400
    assert desk.http.patch(f"/v2/customers/{maria}/properties", json=add[0]).status_code == 400
    assert desk.writes() == 0


def test_a_write_counts_twice(desk: Desk) -> None:
    desk.act("limit", per_minute=5)
    left = [desk.http.get("/v2/users/me").headers["x-ratelimit-remaining-minute"] for _ in range(2)]
    assert left == ["4", "3"]
    wrote = define(desk.http, "car")
    assert (wrote.headers["x-ratelimit-limit-minute"], wrote.headers["x-ratelimit-remaining-minute"]) == (
        "5",
        "1",
    )
    refused = define(desk.http, "boat")
    assert (refused.status_code, refused.json()) == (429, {"message": "API rate limit exceeded"})
    assert 0 < int(refused.headers["x-ratelimit-retry-after"]) <= 60
    assert [desk.http.get("/v2/users/me").status_code for _ in range(2)] == [200, 429]


def test_a_busy_account_refuses_everybody(desk: Desk) -> None:
    desk.act("busy", seconds=30)
    for answer in (desk.http.get("/v2/users/me"), desk.http.post("/v2/oauth2/token", data=CREDENTIALS)):
        assert answer.status_code == 429
        assert 0 < int(answer.headers["x-ratelimit-retry-after"]) <= 30
    desk.act("busy", seconds=0)
    assert desk.http.get("/v2/users/me").status_code == 200


def test_a_deleted_customer_takes_the_conversations_along(desk: Desk) -> None:
    [kept, gone] = [desk.act("ask", email=who, subject="s", text="t")["ticket"] for who in (KENJI, MARIA)]
    maria = desk.contact(MARIA)
    assert desk.http.delete(f"/v2/customers/{maria}").status_code == 204
    assert desk.http.get(f"/v2/customers/{maria}").status_code == 404
    assert desk.http.get(f"/v2/conversations/{gone}").status_code == 404
    assert desk.http.get(f"/v2/conversations/{kept}").status_code == 200
    assert desk.act("contact", email=MARIA) == {"ids": []}
    for _ in range(101):
        desk.act("ask", email=FATIMA, subject="s", text="t")
    fatima = desk.contact(FATIMA)
    assert desk.http.delete(f"/v2/customers/{fatima}").status_code == 403
    assert desk.http.delete(f"/v2/customers/{fatima}", params={"async": "true"}).status_code == 202
    assert desk.http.get(f"/v2/customers/{fatima}").status_code == 404


def test_merged_profiles_are_one_under_both_addresses(desk: Desk) -> None:
    ticket = desk.act("ask", email=KENJI, subject="s", text="t")["ticket"]
    maria, kenji = desk.contact(MARIA), desk.contact(KENJI)
    desk.act("merge_contacts", contact=kenji, into=maria)
    assert desk.http.get(f"/v2/customers/{kenji}").status_code == 404
    assert desk.contact(KENJI) == desk.contact(MARIA) == maria
    emails = desk.http.get(f"/v2/customers/{maria}").json()["_embedded"]["emails"]
    assert [email["value"] for email in emails] == [MARIA, KENJI]
    assert str(desk.http.get(f"/v2/conversations/{ticket}").json()["primaryCustomer"]["id"]) == maria


def test_deeds_that_cannot_be_done_are_told_apart(desk: Desk) -> None:
    with pytest.raises(ValueError, match="does not exist"):
        desk.act("dance")
    with pytest.raises(ValueError, match="ticket"):
        desk.act("reply", text="x")
    with pytest.raises(LookupError):
        desk.act("reply", ticket="1", text="x")
    with pytest.raises(ValueError, match="already exists"):
        desk.act("add_contact", email=MARIA, name="Another Maria")
    added = desk.act("add_contact", email="added@person.example", name="Ad Ded")["contact"]
    assert desk.contact("added@person.example") == added


def test_a_crowd_is_seeded_in_one_go(tmp_path: Path) -> None:
    people = [*crowd(3000), {"name": "Twin", "email": "P1@crowd.example"}, {"name": "Nobody", "email": None}]
    with helpscout_desk(tmp_path, people) as desk:
        desk.act("limit", per_minute=100_000)
        seen = [
            one["id"] for page in walk(desk.http, "/v3/customers") for one in page["_embedded"]["customers"]
        ]
        assert len(seen) == len(set(seen)) == 3000
        assert desk.writes() == 0
