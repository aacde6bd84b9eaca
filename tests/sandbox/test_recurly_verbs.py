"""What an agent can do at the emulated Recurly behaves as its documentation says."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from sandbox import ledger
from tests.sandbox.recurly_desk import Desk, recurly_desk

GOOD, BAD = "4111111111111111", "4000000000000002"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with recurly_desk(tmp_path, customers=1) as found:
        yield found


def account(desk: Desk, code: str = "new", card: str = GOOD, country: str = "AR") -> dict[str, Any]:
    body = {"code": code, "billing_info": {"number": card}, "address": {"country": country}}
    found: dict[str, Any] = desk.send("POST", "/accounts", body).raise_for_status().json()
    return found


def basket(amount: float, code: str = "new", **more: Any) -> dict[str, Any]:
    item = {"type": "charge", "currency": "EUR", "unit_amount": amount, "description": "Kit"}
    return {"account": {"code": code}, "currency": "EUR", "line_items": [item], **more}


def subscription(desk: Desk, **more: Any) -> dict[str, Any]:
    wish = {"account": {"code": "new"}, "plan_code": "studio-monthly", "currency": "EUR", **more}
    found: dict[str, Any] = desk.send("POST", "/subscriptions", wish).raise_for_status().json()
    return found


def charged(desk: Desk) -> Decimal:
    return ledger.major(desk.state, "recurly", "recurly_main", "charged")["EUR"]


def events(desk: Desk) -> set[str]:
    return {event["body"]["event_type"] for event in desk.state.list("recurly", "recurly_main", "event")}


def test_a_preview_is_what_the_purchase_comes_to_and_keeps_nothing(desk: Desk) -> None:
    account(desk, country="DE")
    before = charged(desk)
    seen = desk.send("POST", "/purchases/preview", basket(10)).json()["charge_invoice"]
    assert (seen["id"], seen["number"], seen["total"]) == (None, None, 11.9)
    assert (desk.every("/accounts/code-new/invoices"), charged(desk)) == ([], before)
    made = desk.send("POST", "/purchases", basket(10)).json()["charge_invoice"]
    assert (made["total"], made["state"]) == (11.9, "paid")
    assert charged(desk) == before + Decimal("11.90")
    untaxed = basket(10)
    untaxed["line_items"][0]["tax_exempt"] = True
    assert desk.send("POST", "/purchases/preview", untaxed).json()["charge_invoice"]["total"] == 10.0


def test_a_hold_takes_no_money_and_ends_by_itself(desk: Desk) -> None:
    account(desk)
    before = charged(desk)
    answer = desk.send("POST", "/purchases/authorize", basket(40, customer_notes="Ours")).json()
    [held] = answer["charge_invoice"]["transactions"]
    assert (held["type"], held["status"], charged(desk)) == ("authorization", "success", before)
    assert desk.every("/accounts/code-new/invoices") == []
    taken = desk.send("POST", f"/purchases/{held['id']}/capture").json()["charge_invoice"]
    assert (taken["customer_notes"], taken["state"]) == ("Ours", "paid")
    assert charged(desk) == before + 40
    for step in ("capture", "cancel/"):
        assert desk.send("POST", f"/purchases/{held['id']}/{step}").status_code == 422
    [held] = desk.send("POST", "/purchases/authorize", basket(5)).json()["charge_invoice"]["transactions"]
    desk.wait(8)
    assert desk.send("POST", f"/purchases/{held['id']}/capture").status_code == 422


def test_collecting_tries_the_card_and_keeps_the_attempt(desk: Desk) -> None:
    account(desk, card=BAD)
    owed = desk.send("POST", "/purchases", basket(10, net_terms=3)).json()["charge_invoice"]
    assert (owed["state"], owed["collection_method"]) == ("pending", "automatic")
    assert desk.send("PUT", f"/invoices/{owed['id']}/collect").status_code == 422
    now = desk.get(f"/invoices/{owed['id']}")
    assert now["state"] == "past_due"
    assert [(one["status"], one["origin"]) for one in now["transactions"]] == [
        ("declined", "api_force_collect")
    ]
    by_hand = basket(10, collection_method="manual", net_terms=3)
    owed = desk.send("POST", "/purchases", by_hand).json()["charge_invoice"]
    assert desk.send("PUT", f"/invoices/{owed['id']}/collect").status_code == 422
    assert desk.send("PUT", f"/invoices/{owed['id']}/mark_failed").json()["state"] == "failed"
    assert desk.send("PUT", f"/invoices/{owed['id']}/mark_failed").status_code == 422


def test_what_is_bought_now_and_paid_later_is_collected_by_itself(desk: Desk) -> None:
    account(desk)
    owed = desk.send("POST", "/purchases", basket(10, net_terms=3)).json()["charge_invoice"]
    desk.wait(4)
    assert desk.get(f"/invoices/{owed['id']}")["state"] == "paid"


def test_only_money_that_was_paid_by_card_goes_back_to_it(desk: Desk) -> None:
    account(desk)
    sold = desk.send("POST", "/purchases", basket(30)).json()["charge_invoice"]
    path = f"/invoices/{sold['id']}/refund"
    desk.send(
        "POST", path, {"type": "amount", "amount": 10, "refund_method": "all_credit"}
    ).raise_for_status()
    by_both = desk.send("POST", "/purchases", basket(25)).json()["charge_invoice"]
    assert (by_both["paid"], len(by_both["credit_payments"])) == (15.0, 1)
    whole = {"type": "amount", "refund_method": "all_transaction"}
    refused = desk.send("POST", f"/invoices/{by_both['id']}/refund", whole)
    assert (refused.status_code, refused.json()["error"]["params"][0]["param"]) == (422, "refund_method")
    desk.send("POST", path, {**whole, "amount": 5}).raise_for_status()
    assert len(desk.get(f"/invoices/{sold['id']}/related_invoices")["data"]) == 2


def test_a_pause_begins_with_the_next_billing(desk: Desk) -> None:
    account(desk)
    path = f"/subscriptions/{subscription(desk)['id']}"
    planned = desk.send("PUT", f"{path}/pause", {"remaining_pause_cycles": 1}).json()
    assert (planned["state"], planned["paused_at"]) == ("active", planned["current_period_ends_at"])
    assert desk.send("PUT", f"{path}/resume").status_code == 422
    desk.wait(32)
    assert desk.get(path)["state"] == "paused"
    assert len(desk.every("/accounts/code-new/invoices")) == 1
    desk.wait(31)
    assert desk.get(path)["state"] == "active"
    assert len(desk.every("/accounts/code-new/invoices")) == 2
    assert {"subscription.paused", "subscription.resumed"} <= events(desk)
    trial = subscription(desk, trial_ends_at="2099-01-01T00:00:00Z")["id"]
    refused = desk.send("PUT", f"/subscriptions/{trial}/pause", {"remaining_pause_cycles": 1})
    assert refused.status_code == 422


def test_a_change_charges_and_credits_the_rest_of_the_period(desk: Desk) -> None:
    account(desk)
    path = f"/subscriptions/{subscription(desk)['id']}/change"
    before = charged(desk)
    desk.send("POST", path, {"quantity": 2}).raise_for_status()
    assert charged(desk) == before + 49, "98 for two, less 49 for one, with the whole period before it"
    credit = desk.every("/accounts/code-new/invoices", type="credit")
    assert [(one["origin"], one["total"], one["state"]) for one in credit] == [
        ("immediate_change", -49.0, "closed")
    ]
    free = {"quantity": 3, "proration_settings": {"charge": "none", "credit": "none"}}
    assert desk.send("POST", path, free).json()["invoice_collection"]["charge_invoice"] is None
    assert charged(desk) == before + 49
    assert desk.send("POST", path, {"quantity": 3}).status_code == 422


def test_a_coupon_is_of_an_account_or_of_a_subscription(desk: Desk) -> None:
    made = account(desk)
    found = subscription(desk)
    active = f"/accounts/{made['id']}/coupon_redemptions/active"
    of_account = next(one["id"] for one in desk.every("/coupons") if one["code"] == "WELCOME20")
    wrong = {"coupon_id": of_account, "subscription_id": found["id"]}
    assert desk.send("POST", active, wrong).status_code == 422
    one = desk.send("POST", active, {"coupon_id": of_account}).json()
    assert desk.send("POST", active, {"coupon_id": of_account}).status_code == 422, "once at a time"
    desk.wait(32)
    renewal = desk.every("/accounts/code-new/invoices", sort="created_at", order="desc")[0]
    assert renewal["discount"] == 9.8
    removed = f"/accounts/{made['id']}/coupon_redemptions/{one['id']}"
    assert desk.send("DELETE", removed).json()["state"] == "inactive"
    assert desk.send("DELETE", removed).status_code == 422
    desk.wait(31)
    assert desk.every("/accounts/code-new/invoices", sort="created_at", order="desc")[0]["discount"] == 0.0


def test_only_the_right_states_can_be_changed(desk: Desk) -> None:
    account(desk)
    path = f"/subscriptions/{subscription(desk)['id']}"
    assert desk.send("PUT", f"{path}/cancel", {"timeframe": "bill_date"}).json()["state"] == "canceled"
    for verb, body in (("cancel", {}), ("pause", {"remaining_pause_cycles": 1}), ("resume", {})):
        error = desk.send("PUT", f"{path}/{verb}", body).json()["error"]
        assert error["type"] == "immutable_subscription"
    assert desk.send("DELETE", f"{path}?refund=none").json()["state"] == "expired"
    assert desk.send("DELETE", path).status_code == 422
    assert desk.send("PUT", f"{path}/reactivate").status_code == 422


def test_what_is_wrong_is_refused(desk: Desk) -> None:
    account(desk)
    for method, path, body in (
        ("PUT", "/accounts/code-new", {"email": "nobody"}),
        ("PUT", "/accounts/code-new", {"vat_number": "X"}),
        ("PUT", "/accounts/code-new", {"address": {"street1": "x" * 51}}),
        ("POST", "/purchases", basket(1, currency="XYZ")),
        ("POST", "/purchases", basket(1, "nobody")),
        ("POST", "/purchases", basket(1, billing_info_id="other")),
    ):
        assert desk.send(method, path, body).status_code in (404, 422), (path, body)
    desk.send("PUT", "/accounts/code-new", {"address": {"city": "Berlin"}}).raise_for_status()
    assert desk.get("/accounts/code-new")["address"]["country"] == "AR", "the rest of an address stays"
