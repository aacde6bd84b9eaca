"""The emulated Recurly: paging, versions, limits, idempotency, refunds by card and by credit, what time brings."""

import hashlib
import hmac
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from sandbox import ledger
from sandbox.recurly import company, webhooks
from sandbox.recurly.app import counts
from sandbox.state import State
from tests.sandbox.recurly_desk import HEADERS, Desk, recurly_desk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with recurly_desk(tmp_path, customers=20) as found:
        yield found


def booked(desk: Desk, measure: str) -> dict[str, Decimal]:
    return ledger.major(desk.state, "recurly", "recurly_main", measure)


def invoices(desk: Desk, code: str, **params: Any) -> list[dict[str, Any]]:
    return desk.every(f"/accounts/code-{code}/invoices", sort="created_at", order="desc", **params)


def test_the_same_seed_makes_the_same_company(desk: Desk, tmp_path: Path) -> None:
    again = State(tmp_path / "again.sqlite")
    company.seed(again, desk.clock, customers=20)
    assert counts(again) == counts(desk.state)
    sql = "select id, json from objects where kind = 'subscription' order by id"
    assert [tuple(row) for row in again.execute(sql)] == [tuple(row) for row in desk.state.execute(sql)]
    again.close()


def test_one_person_is_known_elsewhere_too(desk: Desk) -> None:
    assert desk.every("/accounts", email="maria@example.com")


def test_a_change_comes_last_in_ascending_order_and_begin_time_is_inclusive(desk: Desk) -> None:
    order = {"sort": "updated_at", "order": "asc"}
    first = desk.every("/accounts", **order)[0]
    desk.clock.advance(5)
    changed = desk.send("PUT", f"/accounts/{first['id']}", {"vat_number": "DE136695976"}).json()
    every = desk.every("/accounts", **order)
    assert every[-1]["id"] == first["id"]
    assert [one["id"] for one in desk.every("/accounts", begin_time=changed["updated_at"], **order)] == [
        first["id"]
    ]


def test_pages_hold_everything_once(desk: Desk) -> None:
    found = []
    page = desk.get("/transactions", limit=7, sort="updated_at", order="asc")
    while True:
        found += [one["id"] for one in page["data"]]
        if not page["has_more"]:
            break
        assert page["next"].startswith("/transactions?cursor=")
        page = desk.get(page["next"])
    assert len(found) == len(set(found)) == counts(desk.state)["recurly_main"]["transactions"]


def test_amounts_are_floats(desk: Desk) -> None:
    text = desk.http.get("/invoices").text
    assert '"total":49.0,' in text or '"subtotal":49.0,' in text
    assert '"total":"' not in text


def test_without_its_version_or_key_nothing_is_told(desk: Desk) -> None:
    assert desk.http.get("/plans", headers={"accept": "application/json"}).status_code == 406
    refused = httpx.get(f"{desk.http.base_url}/plans", headers=HEADERS, auth=("wrong", ""))
    assert (refused.status_code, refused.json()["error"]["type"]) == (401, "unauthorized")


def test_the_limit_is_told_and_kept(desk: Desk) -> None:
    headers = desk.http.get("/plans").headers
    assert int(headers["x-ratelimit-remaining"]) == int(headers["x-ratelimit-limit"]) - 1
    assert headers["x-ratelimit-reset"].isdigit()


def test_a_key_gives_the_same_answer_for_an_hour_only(desk: Desk) -> None:
    invoice = invoices(desk, "maria", type="charge")[-1]
    path, body = f"/invoices/{invoice['id']}/refund", {"type": "amount", "amount": 5}
    first = desk.send("POST", path, body, key="once")
    again = desk.send("POST", path, body, key="once")
    assert first.json()["id"] == again.json()["id"]
    assert again.headers["idempotency-prior"] == "true"
    assert desk.send("POST", path, {"type": "amount", "amount": 6}, key="once").status_code == 400
    desk.clock.advance(3601)
    later = desk.send("POST", path, body, key="once")
    assert later.json()["id"] != first.json()["id"], "after an hour the key means nothing: money moves twice"


def test_a_refund_to_the_card_moves_money_one_to_the_account_does_not(desk: Desk) -> None:
    invoice = invoices(desk, "oscar", type="charge", state="paid")[-1]
    before = booked(desk, "refunded").get("GBP", Decimal(0))
    to_account = desk.send(
        "POST",
        f"/invoices/{invoice['id']}/refund",
        {"type": "amount", "amount": 2, "refund_method": "all_credit"},
    ).json()
    assert (to_account["type"], to_account["state"], to_account["total"], to_account["balance"]) == (
        "credit",
        "open",
        -2.0,
        -2.0,
    )
    assert to_account["transactions"] == []
    assert booked(desk, "refunded").get("GBP", Decimal(0)) == before
    to_card = desk.send("POST", f"/invoices/{invoice['id']}/refund", {"type": "amount", "amount": 3}).json()
    [refund] = to_card["transactions"]
    assert (refund["type"], refund["status"], refund["amount"]) == ("refund", "success", 3.0)
    assert (to_card["state"], to_card["credit_payments"][0]["action"]) == ("closed", "refund")
    assert booked(desk, "refunded")["GBP"] == before + 3


def test_credit_pays_the_next_invoice(desk: Desk) -> None:
    desk.send("PUT", "/accounts/code-ivo", {"tax_exempt": True})
    bought = {
        "account": {"code": "ivo"},
        "currency": "EUR",
        "line_items": [{"type": "charge", "currency": "EUR", "unit_amount": "40", "description": "Kit"}],
    }
    sold = desk.send("POST", "/purchases", bought).json()["charge_invoice"]
    assert (sold["state"], sold["total"], sold["paid"]) == ("paid", 40.0, 10.0)
    assert [(use["action"], use["amount"]) for use in sold["credit_payments"]] == [("payment", 30.0)]


def test_more_than_is_left_cannot_be_refunded(desk: Desk) -> None:
    invoice = invoices(desk, "sofia", type="charge", state="paid")[-1]
    refused = desk.send("POST", f"/invoices/{invoice['id']}/refund", {"type": "amount", "amount": 99999})
    assert (refused.status_code, refused.json()["error"]["type"]) == (422, "validation")
    whole = desk.send("POST", f"/invoices/{invoice['id']}/refund", {"type": "percentage", "percentage": 100})
    assert whole.json()["total"] == -invoice["total"]
    assert desk.send("POST", f"/invoices/{invoice['id']}/refund", {"type": "amount"}).status_code == 422


def test_money_of_today_is_called_back_instead(desk: Desk) -> None:
    before = booked(desk, "charged")["EUR"]
    bought = {
        "account": {"code": "sofia"},
        "currency": "EUR",
        "line_items": [{"type": "charge", "currency": "EUR", "unit_amount": 10, "description": "Kit"}],
    }
    sold = desk.send("POST", "/purchases", bought).json()["charge_invoice"]
    desk.send("POST", f"/invoices/{sold['id']}/refund", {"type": "amount"})
    [transaction] = desk.get(f"/invoices/{sold['id']}")["transactions"]
    assert transaction["status"] == "void"
    assert booked(desk, "charged")["EUR"] == before


def test_time_brings_chargebacks_failed_refunds_and_renewals(desk: Desk) -> None:
    before = {state: counts(desk.state)["recurly_main"]["invoices"] for state in ("all",)}
    refunded = booked(desk, "refunded")["GBP"]
    desk.wait(6)
    stories = {one["status"] for one in desk.every("/transactions") if one["account"]["code"] == "kenji"}
    assert "chargeback" in stories
    failed = [one for one in desk.every("/transactions", type="refund") if one["status"] == "error"]
    assert len(failed) == 2
    assert booked(desk, "refunded")["GBP"] == refunded - 5
    assert desk.get("/accounts/code-sofia")["vat_number"] == "SE556677889901"
    desk.wait(30)
    assert counts(desk.state)["recurly_main"]["invoices"] > before["all"] + 5
    states = {one["account"]["code"]: one["state"] for one in desk.every("/subscriptions")}
    assert (states["oscar"], states["early"]) == ("expired", "active")


def test_closing_leaves_the_account_in_its_list(desk: Desk) -> None:
    closed = desk.send("DELETE", "/accounts/code-maria").json()
    assert (closed["state"], closed["billing_info"], closed["has_live_subscription"]) == (
        "inactive",
        None,
        False,
    )
    assert closed["deleted_at"]
    assert closed["id"] in {one["id"] for one in desk.every("/accounts")}
    assert desk.send("DELETE", "/accounts/code-maria").status_code == 422


def test_an_authorization_is_captured_or_let_go(desk: Desk) -> None:
    [held] = desk.every("/transactions", type="authorization")
    before = booked(desk, "charged")["EUR"]
    charged = desk.send("POST", f"/purchases/{held['id']}/capture").json()["charge_invoice"]
    assert charged["transactions"][0]["original_transaction_id"] == held["id"]
    assert booked(desk, "charged")["EUR"] == before + Decimal("120.00")


def test_a_letter_is_signed_over_its_milliseconds_and_bytes(desk: Desk) -> None:
    desk.send("PUT", "/accounts/code-maria", {"company": "Kowalska Studio"})
    [event] = desk.state.list("recurly", "recurly_main", "event")[:1]
    letter = webhooks.letter(desk.state, "recurly_main", event["id"])
    assert letter is not None
    headers, body = letter
    at, signature = headers["recurly-signature"].split(",")
    assert hmac.new(b"recurly_hook_secret", f"{at}.".encode() + body, hashlib.sha256).hexdigest() == signature
    told = orjson.loads(body)
    assert (told["object_type"], told["event_type"], told["account_code"]) == (
        "account",
        "account.updated",
        "maria",
    )
    assert webhooks.letter(desk.state, "recurly_main", "unknown") is None
