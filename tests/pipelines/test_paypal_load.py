"""PayPal -> raw, against the emulated PayPal: complete at first, then exactly what changed, however old it is."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from billing.errors import BadCredential, Terminal
from gateways.paypal.api import PaypalApi
from pipelines.paypal import load, reread
from pipelines.paypal.cursor import DAY, Cursor
from pipelines.paypal.objects import TABLES, reported, transaction_row
from pipelines.report import Mode
from tests.conftest import Sandbox
from tests.pipelines.paypal_raw import PaypalRaw, changed, paypal_raw

Fresh = Callable[..., Sandbox]


@pytest.fixture(params=["duckdb", "postgres"])
def engine(request: pytest.FixtureRequest) -> str | None:
    """None for DuckDB, the URL of a database for PostgreSQL."""
    return None if request.param == "duckdb" else str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def raw(fresh_sandbox: Fresh, tmp_path: Path) -> PaypalRaw:
    """A warehouse already loaded from a company of its own."""
    found = paypal_raw(tmp_path, fresh_sandbox("--customers", "1", "--only", "paypal"))
    load(found.settings, found.account)
    return found


def test_a_first_load_holds_everything(sandbox: Sandbox, tmp_path: Path, engine: str | None) -> None:
    raw = paypal_raw(tmp_path, sandbox, engine)
    seen: dict[str, int] = {}
    report = load(raw.settings, raw.account, progress=seen.__setitem__)
    assert report.mode is Mode.FIRST
    raw.assert_whole()
    raw.assert_totals()
    assert seen["captures"] == raw.expected()["captures"]
    assert raw.count("events") > 0
    assert raw.count("balances") == 4
    for table in TABLES:
        assert raw.count(table) >= 0, "every table exists"
    for _ in range(2):
        again = load(raw.settings, raw.account)
        assert (again.mode, again.rows_changed) == (Mode.CHANGES, 0)


def test_raw_rows_are_the_vendors_word_with_its_time(sandbox: Sandbox, tmp_path: Path) -> None:
    raw = paypal_raw(tmp_path, sandbox)
    load(raw.settings, raw.account)
    for moment, data in raw.rows("select created_at, data from raw_paypal.captures"):
        assert moment.replace(tzinfo=UTC) == datetime.fromisoformat(orjson.loads(data)["create_time"])
    for moment, data in raw.rows("select created_at, data from raw_paypal.transactions"):
        told = orjson.loads(data)["transaction_info"]["transaction_initiation_date"]
        assert moment.replace(tzinfo=UTC) == datetime.fromisoformat(told), "whatever its offset"


def test_windows_that_hold_too_much_are_halved(sandbox: Sandbox, tmp_path: Path) -> None:
    raw = paypal_raw(tmp_path, sandbox)
    try:
        raw.act(knobs={"reporting_limit": 6})
        load(raw.settings, raw.account)
        raw.assert_whole()
    finally:
        raw.act(knobs={"reporting_limit": 10_000})


def test_a_second_that_holds_too_much_is_an_error(sandbox: Sandbox, tmp_path: Path) -> None:
    raw = paypal_raw(tmp_path, sandbox)
    try:
        raw.act(knobs={"reporting_limit": 1})
        with pytest.raises(Terminal, match="more lines than a search gives"):
            load(raw.settings, raw.account)
    finally:
        raw.act(knobs={"reporting_limit": 10_000})


def test_a_refund_of_an_old_payment_arrives(raw: PaypalRaw) -> None:
    capture = raw.named("grace_old")  # 150 days old
    made = raw.ask("POST", f"/v2/payments/captures/{capture}/refund", {})
    report = load(raw.settings, raw.account)
    assert report.mode is Mode.CHANGES
    assert changed(report) == {"refunds": 1, "captures": 1, "orders": 1, "events": 1, "balances": 1}
    assert raw.one("captures", capture)["status"] == "REFUNDED"
    assert raw.one("refunds", made["id"])["status"] == "COMPLETED"
    raw.assert_totals()
    raw.sandbox.control("clock", advance_seconds=3 * 3600 + 60)
    later = changed(load(raw.settings, raw.account))
    assert later["transactions"] == 2, (
        "the report tells hours later: the refund, and that the payment is reversed"
    )
    raw.assert_whole()
    assert load(raw.settings, raw.account).rows_changed == 0


def test_a_dispute_of_an_old_payment_arrives_and_is_followed(raw: PaypalRaw) -> None:
    capture = raw.named("grace_old")
    dispute = raw.act(deed="open_dispute", capture=capture, reason="UNAUTHORISED")["id"]
    load(raw.settings, raw.account)
    assert raw.one("disputes", dispute)["status"] == "WAITING_FOR_SELLER_RESPONSE"
    raw.sandbox.control("clock", advance_days=20)
    load(raw.settings, raw.account)
    raw.ask("POST", f"/v1/customer/disputes/{dispute}/accept-claim", {"note": "sorry"})
    load(raw.settings, raw.account)
    assert raw.one("disputes", dispute)["dispute_outcome"]["outcome_code"] == "ACCEPTED"
    raw.assert_totals()


def test_disputes_older_than_the_list_are_found_by_their_payment(sandbox: Sandbox, tmp_path: Path) -> None:
    raw = paypal_raw(tmp_path, sandbox)
    load(raw.settings, raw.account)
    disputed = {
        one["disputed_transactions"][0]["seller_transaction_id"] for one in raw.data("disputes").values()
    }
    assert raw.named("james_disputed") in disputed, "290 days ago, where the list reaches back 180"


def test_a_subscription_is_followed_until_it_is_canceled(raw: PaypalRaw) -> None:
    subscription = raw.named("kenji")  # begun 240 days ago
    raw.sandbox.control("clock", advance_days=20)
    load(raw.settings, raw.account)
    raw.ask("POST", f"/v1/billing/subscriptions/{subscription}/cancel", {"reason": "enough"})
    report = load(raw.settings, raw.account)
    assert report.mode is Mode.CHANGES
    assert raw.one("subscriptions", subscription)["status"] == "CANCELLED"
    assert changed(report) == {"subscriptions": 1, "events": 1}


def test_a_subscription_that_nobody_tells_of_is_read_again(
    raw: PaypalRaw, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a webhook at PayPal there are no events: what may change is read again anyway."""
    monkeypatch.setattr(PaypalApi, "events", lambda _self, _start: iter(()))
    subscription = raw.named("james")
    raw.ask("POST", f"/v1/billing/subscriptions/{subscription}/suspend", {"reason": "holidays"})
    load(raw.settings, raw.account)
    assert raw.one("subscriptions", subscription)["status"] == "SUSPENDED"


def test_many_that_may_change_are_read_in_turn(raw: PaypalRaw, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipelines.paypal._MOST_RESCANNED", 5)
    monkeypatch.setattr(PaypalApi, "events", lambda _self, _start: iter(()))
    for label in ("james", "kenji", "paula"):
        raw.ask("POST", f"/v1/billing/subscriptions/{raw.named(label)}/suspend", {"reason": "holidays"})
    for _ in range(8):
        load(raw.settings, raw.account)
    for label in ("james", "kenji", "paula"):
        assert raw.one("subscriptions", raw.named(label))["status"] == "SUSPENDED"


def test_a_tax_number_sent_afterwards_arrives(raw: PaypalRaw) -> None:
    invoice = raw.named("nord_open")
    raw.sandbox.control("clock", advance_days=15)
    load(raw.settings, raw.account)
    recipients = raw.one("invoices", invoice)["primary_recipients"]
    recipients[0]["billing_info"]["additional_info"] = "VAT DE999999999"
    raw.ask("PUT", f"/v2/invoicing/invoices/{invoice}", {"primary_recipients": recipients})
    report = load(raw.settings, raw.account)
    assert changed(report) == {"invoices": 1, "events": 1}
    stored = raw.one("invoices", invoice)["primary_recipients"][0]["billing_info"]
    assert stored["additional_info"] == "VAT DE999999999"


def test_a_deleted_draft_is_marked_and_kept(raw: PaypalRaw) -> None:
    draft = raw.named("nord_draft")
    raw.sandbox.control("clock", advance_days=15)
    load(raw.settings, raw.account)
    raw.ask("DELETE", f"/v2/invoicing/invoices/{draft}")
    assert changed(load(raw.settings, raw.account)) == {"invoices": 1}
    ((is_deleted, data, created),) = raw.rows(
        f"select is_deleted, data, created_at from raw_paypal.invoices where id = '{draft}'"
    )
    assert is_deleted
    assert orjson.loads(data)["status"] == "DRAFT", "what was last known stays"
    assert created is not None
    assert load(raw.settings, raw.account).rows_changed == 0


def test_an_invoice_marked_as_refunded_long_after_arrives(raw: PaypalRaw) -> None:
    """No money moves at PayPal and no line of the report tells of it; the list of invoices does."""
    invoice = raw.named("nord_paid")
    raw.ask("POST", f"/v2/invoicing/invoices/{invoice}/refunds", {"method": "CASH"})
    raw.sandbox.control("clock", advance_days=2)
    load(raw.settings, raw.account)
    assert raw.one("invoices", invoice)["status"] == "MARKED_AS_REFUNDED"


def test_what_waits_is_followed_until_it_is_settled(raw: PaypalRaw) -> None:
    capture = raw.named("echeck")
    assert raw.one("captures", capture)["status"] == "PENDING"
    raw.sandbox.control("clock", advance_days=5)
    load(raw.settings, raw.account)
    assert raw.one("captures", capture)["status"] == "COMPLETED"
    raw.sandbox.control("clock", advance_days=1)
    load(raw.settings, raw.account)
    (line,) = [
        line["transaction_info"]
        for line in raw.data("transactions").values()
        if line["transaction_info"]["transaction_id"] == capture
    ]
    assert line["transaction_status"] == "S", "one line, in its last state"
    raw.assert_whole()
    raw.assert_totals()


def test_what_time_brings_arrives(fresh_sandbox: Fresh, tmp_path: Path) -> None:
    raw = paypal_raw(tmp_path, fresh_sandbox("--customers", "40", "--only", "paypal"))
    load(raw.settings, raw.account)
    for days in (3, 9, 20):
        raw.sandbox.control("clock", advance_days=days)
        report = load(raw.settings, raw.account)
        assert report.mode is Mode.CHANGES
        assert report.rows_changed > 0
        raw.assert_totals()
    raw.sandbox.control("clock", advance_seconds=4 * 3600)
    load(raw.settings, raw.account)
    raw.assert_whole()
    assert load(raw.settings, raw.account).rows_changed == 0


def test_a_gap_is_noticed_and_healed(raw: PaypalRaw, caplog: pytest.LogCaptureFixture) -> None:
    subscription, draft = raw.named("james"), raw.named("nord_draft")
    raw.ask("POST", f"/v1/billing/subscriptions/{subscription}/cancel", {"reason": "enough"})
    raw.ask("DELETE", f"/v2/invoicing/invoices/{draft}")
    raw.ask("POST", f"/v2/payments/captures/{raw.named('grace_old')}/refund", {})
    raw.sandbox.control("clock", advance_days=70)  # longer than events are listed, and than a window is
    report = load(raw.settings, raw.account)
    assert report.mode is Mode.HEALED
    assert "25 days" in caplog.text
    assert raw.one("subscriptions", subscription)["status"] == "CANCELLED"
    assert draft not in raw.data("invoices", "not is_deleted")
    raw.assert_whole()
    raw.assert_totals()
    assert report.rows_changed < report.rows_fetched, "what is equal is not written again"
    again = load(raw.settings, raw.account)
    assert (again.mode, again.rows_changed) == (Mode.CHANGES, 0)


def test_a_hint_is_read_again_at_once(raw: PaypalRaw) -> None:
    capture = raw.named("grace_old")
    made = raw.ask("POST", f"/v2/payments/captures/{capture}/refund", {})
    report = reread(raw.settings, raw.account, [("refund", made["id"]), ("something_new", "x")])
    assert report.mode is Mode.OBJECTS
    assert changed(report) == {"refunds": 1, "captures": 1, "orders": 1}
    assert reread(raw.settings, raw.account, [("refund", made["id"])]).rows_changed == 0
    assert "refunds" not in changed(load(raw.settings, raw.account))


def test_a_hint_of_what_is_gone_marks_it(raw: PaypalRaw) -> None:
    draft = raw.named("nord_draft")
    raw.ask("DELETE", f"/v2/invoicing/invoices/{draft}")
    assert changed(reread(raw.settings, raw.account, [("invoice", draft)])) == {"invoices": 1}
    assert draft not in raw.data("invoices", "not is_deleted")


def test_a_bad_secret_is_refused_and_writes_nothing(sandbox: Sandbox, tmp_path: Path) -> None:
    raw = paypal_raw(tmp_path, sandbox)
    bad = raw.account.model_copy(update={"client_id": "nobody"})
    with pytest.raises(BadCredential):
        load(raw.settings, bad)
    load(raw.settings, raw.account)
    raw.assert_whole()


def line(code: str, **told: Any) -> dict[str, Any]:
    base = {
        "transaction_id": "T1",
        "transaction_event_code": code,
        "transaction_status": "S",
        "transaction_initiation_date": "2026-11-01T10:00:00+01:00",
        "transaction_amount": {"currency_code": "EUR", "value": "5.00"},
    }
    return {"transaction_info": base | told}


def test_lines_of_one_transaction_have_keys_of_their_own() -> None:
    lines = [
        line("T0200"),
        line("T0200", transaction_amount={"currency_code": "EUR", "value": "-5.00"}),
        line("T0200", transaction_amount={"currency_code": "USD", "value": "5.00"}),
        line("T0006"),
    ]
    assert len({transaction_row(one).id for one in lines}) == 4
    settled = line("T0006", transaction_status="V", transaction_updated_date="2026-12-01T10:00:00+01:00")
    assert transaction_row(settled).id == transaction_row(lines[3]).id
    summer = line("T0006", transaction_initiation_date="2026-11-01T09:00:00+00:00")
    assert transaction_row(summer).id == transaction_row(lines[3]).id, "the same moment"


@pytest.mark.parametrize(
    ("code", "reference", "expected"),
    [
        ("T0006", ("ODR", "O1"), [("capture", "T1"), ("order", "O1")]),
        ("T0002", ("SUB", "I-1"), [("capture", "T1"), ("subscription", "I-1")]),
        ("T1107", ("TXN", "C1"), [("refund", "T1"), ("capture", "C1")]),
        ("T1201", ("TXN", "C1"), [("capture", "C1")]),
        ("T1300", ("ODR", "O1"), [("authorization", "T1"), ("order", "O1")]),
        ("T1302", ("TXN", "A1"), [("authorization", "A1")]),
        ("T0400", None, []),
    ],
)
def test_a_line_names_its_objects(code: str, reference: Any, expected: list[tuple[str, str]]) -> None:
    more = (
        {"paypal_reference_id_type": reference[0], "paypal_reference_id": reference[1]} if reference else {}
    )
    assert reported(line(code, **more)) == expected


def test_the_next_look_begins_a_day_back_or_at_what_is_pending() -> None:
    cursor = Cursor()
    cursor.refresh(1_000 * DAY)
    assert cursor.report_start() == 999 * DAY
    cursor.notice(
        [line("T0006", transaction_status="P", transaction_initiation_date="1972-09-10T00:00:00+00:00")]
    )
    pending = int(datetime(1972, 9, 10, tzinfo=UTC).timestamp())
    assert cursor.report_start() == pending
    cursor.notice([line("T0006", transaction_initiation_date="1972-09-10T00:00:00+00:00")])
    assert cursor.report_start() == 999 * DAY, "it is settled"
    assert Cursor.of(cursor.to_state()) == cursor
