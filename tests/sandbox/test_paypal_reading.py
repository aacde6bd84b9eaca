"""The emulated PayPal's reading side: tokens, the report's windows and delay, lists in each API's manner."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.paypal_desk import PaypalDesk, moment, paypal_desk

REPORT = "/v1/reporting/transactions"
DAY = 86_400


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PaypalDesk]:
    """One that tests only read, or tidy up."""
    with paypal_desk(tmp_path_factory.mktemp("paypal")) as found:
        yield found


@pytest.fixture
def own_desk(tmp_path: Path) -> Iterator[PaypalDesk]:
    """One of a test's own."""
    with paypal_desk(tmp_path, 15) as found:
        yield found


def window(desk: PaypalDesk, days: float, **more: Any) -> dict[str, Any]:
    now = desk.clock.timestamp()
    return {"start_date": moment(int(now - days * DAY)), "end_date": moment(now), **more}


def test_a_token_is_needed_and_ends(own_desk: PaypalDesk) -> None:
    good = own_desk.token
    own_desk.token = "A21AAnonsense"
    assert own_desk.refused("GET", "/v1/reporting/balances") == (401, "invalid_token")
    own_desk.token = good
    own_desk.get("/v1/reporting/balances")
    own_desk.clock.advance(9 * 3600 + 60)
    assert own_desk.refused("GET", "/v1/reporting/balances") == (401, "invalid_token")
    wrong = own_desk.http.post(
        "/paypal/v1/oauth2/token",
        auth=("paypal_sandbox_client", "no"),
        data={"grant_type": "client_credentials"},
    )
    assert (wrong.status_code, wrong.json()["error"]) == (401, "invalid_client")


def test_a_token_may_end_in_the_midst_of_a_run(own_desk: PaypalDesk) -> None:
    own_desk.act(knobs={"token_requests": 2})
    own_desk.new_token()
    own_desk.get("/v1/reporting/balances")
    own_desk.get("/v1/reporting/balances")
    assert own_desk.refused("GET", "/v1/reporting/balances") == (401, "invalid_token")


def test_a_window_is_at_most_31_days_and_three_years_back(desk: PaypalDesk) -> None:
    assert desk.ask("GET", REPORT, params=window(desk, 31)).status_code == 200
    assert desk.refused("GET", REPORT, params=window(desk, 32)) == (400, "INVALID_DATE_RANGE")
    now = desk.clock.timestamp()
    old = {"start_date": moment(now - 1100 * DAY), "end_date": moment(now - 1090 * DAY)}
    assert desk.refused("GET", REPORT, params=old) == (400, "INVALID_START_DATE")
    assert desk.refused("GET", REPORT, params=window(desk, 0.05)) == (400, "INVALID_START_DATE"), (
        "not reported yet"
    )


def test_the_default_hides_what_does_not_touch_the_balance(desk: PaypalDesk) -> None:
    shown = {line["transaction_info"]["transaction_status"] for line in desk.lines()}
    assert {"S", "P", "D"} <= shown
    hidden = desk.lines(balance_affecting_records_only="Y")
    assert hidden
    for line in hidden:
        told = line["transaction_info"]
        assert told["transaction_status"] not in ("P", "D")
        assert not told["transaction_event_code"].startswith("T13")


def test_a_report_lags_and_names_its_moment(own_desk: PaypalDesk) -> None:
    capture = own_desk.named("today0")
    refund = own_desk.ask("POST", f"/v2/payments/captures/{capture}/refund").json()["id"]
    assert refund not in {line["transaction_info"]["transaction_id"] for line in own_desk.lines()}
    answer = own_desk.get(REPORT, **window(own_desk, 2))
    behind = (
        own_desk.clock.timestamp() - datetime.fromisoformat(answer["last_refreshed_datetime"]).timestamp()
    )
    assert behind == pytest.approx(3 * 3600, abs=5)
    own_desk.days_pass(3.1 / 24)
    assert refund in {line["transaction_info"]["transaction_id"] for line in own_desk.lines()}
    own_desk.act(knobs={"reporting_delay_seconds": 0})
    other = own_desk.ask("POST", f"/v2/payments/captures/{own_desk.named('today1')}/refund").json()["id"]
    assert other in {line["transaction_info"]["transaction_id"] for line in own_desk.lines()}, (
        "the delay is movable"
    )


def test_pages_hold_every_line_once_and_too_many_are_refused(own_desk: PaypalDesk) -> None:
    whole = own_desk.get(REPORT, **window(own_desk, 31, page_size=500))
    pages = [own_desk.get(REPORT, **window(own_desk, 31, page_size=5, page=n)) for n in range(1, 40)]
    found = [line for page in pages for line in page["transaction_details"]]
    assert found == whole["transaction_details"]
    assert pages[0]["total_items"] == len(found)
    assert pages[0]["total_pages"] == -(-len(found) // 5)
    own_desk.act(knobs={"reporting_limit": len(found)})
    assert own_desk.refused("GET", REPORT, params=window(own_desk, 31)) == (400, "RESULTSET_TOO_LARGE")
    assert own_desk.ask("GET", REPORT, params=window(own_desk, 5)).status_code == 200


def test_times_carry_the_accounts_offset(desk: PaypalDesk) -> None:
    offsets = {
        line["transaction_info"]["transaction_initiation_date"][-6:]
        for line in [*desk.lines(), *_old_lines(desk)]
    }
    assert offsets == {"+01:00", "+02:00"}, "winter and summer"


def _old_lines(desk: PaypalDesk) -> list[dict[str, Any]]:
    now = desk.clock.timestamp()
    found: list[dict[str, Any]] = []
    for n in range(1, 13):
        bounds = {"start_date": moment(now - (n + 1) * 30 * DAY), "end_date": moment(now - n * 30 * DAY)}
        found += desk.get(REPORT, **bounds)["transaction_details"]
    return found


def test_a_transaction_id_is_not_unique(desk: PaypalDesk) -> None:
    lines = [line["transaction_info"] for line in _old_lines(desk)]
    converted = [told for told in lines if told["transaction_event_code"] == "T0200"]
    assert len({told["transaction_id"] for told in converted}) == 1
    assert {told["transaction_amount"]["currency_code"] for told in converted} == {"EUR", "GBP"}


def test_what_changes_later_is_shown_where_it_changed(own_desk: PaypalDesk) -> None:
    old = own_desk.named("grace_old")
    assert not own_desk.lines(transaction_id=old), "150 days ago"
    own_desk.ask("POST", f"/v2/payments/captures/{old}/refund")
    own_desk.days_pass(0.2)
    (line,) = own_desk.lines(transaction_id=old)
    told = line["transaction_info"]
    assert told["transaction_status"] == "V"
    assert told["transaction_initiation_date"] < told["transaction_updated_date"]


def test_disputes_are_listed_by_their_last_change(desk: PaypalDesk) -> None:
    found: list[dict[str, Any]] = []
    token = None
    while True:
        more = {"next_page_token": token} if token else {}
        page = desk.get("/v1/customer/disputes", page_size=2, **more)
        found += page["items"]
        further = [link["href"] for link in page["links"] if link["rel"] == "next"]
        if not further:
            break
        token = further[0].partition("next_page_token=")[2]
    assert len(found) == len({one["dispute_id"] for one in found}) == 6
    changes = [one["update_time"] for one in found]
    assert changes == sorted(changes, reverse=True)
    now = desk.clock.timestamp()
    lately = desk.get("/v1/customer/disputes", update_time_after=moment(now - 25 * DAY))["items"]
    assert 0 < len(lately) < 6
    too_old = {"update_time_after": moment(now - 181 * DAY)}
    assert desk.refused("GET", "/v1/customer/disputes", params=too_old) == (400, "INVALID_DATE_RANGE")
    by_payment = desk.get("/v1/customer/disputes", disputed_transaction_id=desk.named("james_disputed"))
    assert len(by_payment["items"]) == 1


def test_lists_are_short_and_objects_whole(desk: PaypalDesk) -> None:
    listed = desk.get("/v2/invoicing/invoices", page_size=3, total_required="true")
    assert len(listed["items"]) == 3
    assert listed["total_items"] > 3
    assert "items" not in listed["items"][0]
    assert desk.get(f"/v2/invoicing/invoices/{listed['items'][0]['id']}")["items"]
    plans = desk.get("/v1/billing/plans", page_size=3)
    assert any(link["rel"] == "next" for link in plans["links"])
    assert "billing_cycles" not in plans["plans"][0]
    assert desk.get(f"/v1/billing/plans/{plans['plans'][0]['id']}")["billing_cycles"]


def test_events_are_kept_for_thirty_days(own_desk: PaypalDesk) -> None:
    events = own_desk.get("/v1/notifications/webhooks-events", page_size=300)["events"]
    assert events
    times = [event["create_time"] for event in events]
    assert times == sorted(times, reverse=True)
    own_desk.clock.advance(31 * DAY)
    own_desk.new_token()
    assert own_desk.get("/v1/notifications/webhooks-events")["events"] == []


def test_what_is_not_there_is_not_found(desk: PaypalDesk) -> None:
    assert desk.refused("GET", "/v2/payments/captures/NOTHING") == (404, "INVALID_RESOURCE_ID")
    assert desk.refused("GET", "/v1/billing/subscriptions") == (404, "INVALID_RESOURCE_ID"), (
        "there is no such list"
    )


def test_balances_are_what_the_lines_add_up_to(desk: PaypalDesk) -> None:
    lines = [*desk.lines(), *_old_lines(desk), *desk.lines()]
    once = {repr(line): line["transaction_info"] for line in lines}
    sums: dict[str, Decimal] = {}
    now = desk.clock.timestamp()
    for n in (13, 14):
        bounds = {"start_date": moment(now - (n + 1) * 30 * DAY), "end_date": moment(now - n * 30 * DAY)}
        for line in desk.get(REPORT, **bounds)["transaction_details"]:
            once[repr({"transaction_info": line["transaction_info"]})] = line["transaction_info"]
    keyed = {
        (
            told["transaction_id"],
            told["transaction_event_code"],
            told["transaction_amount"]["currency_code"],
        ): told
        for told in once.values()
    }
    for told in keyed.values():
        if told["transaction_status"] in ("S", "F", "V") and not told["transaction_event_code"].startswith(
            "T13"
        ):
            currency = told["transaction_amount"]["currency_code"]
            fee = Decimal(told["fee_amount"]["value"]) if "fee_amount" in told else Decimal(0)
            sums[currency] = (
                sums.get(currency, Decimal(0)) + Decimal(told["transaction_amount"]["value"]) + fee
            )
    held = {
        one["currency"]: Decimal(one["total_balance"]["value"])
        for one in desk.get("/v1/reporting/balances")["balances"]
    }
    assert sums == held
