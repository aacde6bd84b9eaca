"""Stripe -> raw, against the emulated Stripe: complete at first, then exactly what changed."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
import stripe

from billing import clock
from billing.errors import BadCredential
from billing.settings_model import StripeAccount
from gateways import http
from gateways.stripe.api import StripeApi
from pipelines.report import LoadReport, Mode
from pipelines.stripe import load, reread
from pipelines.stripe.objects import TABLES
from tests.conftest import Sandbox
from tests.pipelines.conftest import Raw, duckdb_raw, ledger_counts, postgres_raw, stripe_account

Make = Callable[[StripeAccount], Raw]
Fresh = Callable[..., Sandbox]


def changed(report: LoadReport) -> dict[str, int]:
    return {name: table.rows_changed for name, table in report.tables.items() if table.rows_changed}


def refundable_charge(raw: Raw) -> dict[str, Any]:
    """Return the oldest charge that can still be refunded in full."""
    found = [
        orjson.loads(row[0]) for row in raw.rows("select data from raw_stripe.charges order by created_at")
    ]
    return next(
        charge
        for charge in found
        if charge["status"] == "succeeded"
        and charge["captured"]
        and not charge["amount_refunded"]
        and not charge["disputed"]
    )


def refund(raw: Raw, charge: dict[str, Any], amount: int) -> dict[str, Any]:
    api = StripeApi(raw.account)
    return api.write(lambda client: client.v1.refunds.create({"charge": charge["id"], "amount": amount}))


def test_a_first_load_holds_everything(sandbox: Sandbox, make_raw: Make) -> None:
    raw = make_raw(stripe_account(sandbox))
    seen: dict[str, int] = {}
    report = load(raw.settings, raw.account, progress=seen.__setitem__)
    expected = ledger_counts(sandbox)
    assert report.mode is Mode.FIRST
    assert raw.counts(expected) == expected
    assert len(expected) >= 12
    assert seen["charges"] >= expected["charges"]
    for table in TABLES:
        assert raw.one(f"select count(*) from raw_stripe.{table}") >= 0, "every table exists"


def test_a_quiet_cycle_changes_nothing(sandbox: Sandbox, make_raw: Make) -> None:
    raw = make_raw(stripe_account(sandbox, "stripe_us"))
    load(raw.settings, raw.account)
    for _ in range(2):
        report = load(raw.settings, raw.account)
        assert (report.mode, report.rows_changed) == (Mode.CHANGES, 0)


def test_raw_rows_are_the_vendors_word(sandbox: Sandbox, make_raw: Make) -> None:
    raw = make_raw(stripe_account(sandbox))
    load(raw.settings, raw.account)
    api = StripeApi(raw.account)
    for table in ("charges", "products", "tax_rates", "balance_transactions"):
        object_id, data, version = raw.rows(
            f"select id, data, api_version from raw_stripe.{table} order by id"
        )[0]
        assert orjson.loads(data) == api.get(f"/v1/{table}/{object_id}")
        assert version == "2026-10-28.endive"
    created = raw.rows("select created_at, data from raw_stripe.charges")
    assert created
    for moment, data in created:
        assert moment.replace(tzinfo=UTC).timestamp() == orjson.loads(data)["created"]


def test_inner_lists_are_whole(sandbox: Sandbox, tmp_path: Path) -> None:
    raw = duckdb_raw(tmp_path, stripe_account(sandbox))
    load(raw.settings, raw.account)
    api = StripeApi(raw.account)
    for table, inner in (("invoices", "lines"), ("subscriptions", "items"), ("customers", "tax_ids")):
        for (data,) in raw.rows(f"select data from raw_stripe.{table} where not is_deleted"):
            assert orjson.loads(data)[inner]["has_more"] is False
    (invoice,) = raw.rows("select id, data from raw_stripe.invoices order by length(data) desc limit 1")
    lines = [line["id"] for page in api.pages(f"/v1/invoices/{invoice[0]}/lines") for line in page]
    assert [line["id"] for line in orjson.loads(invoice[1])["lines"]["data"]] == lines
    assert raw.count("tax_ids") == sum(
        len(orjson.loads(data)["tax_ids"]["data"])
        for (data,) in raw.rows("select data from raw_stripe.customers where not is_deleted")
    )


def test_changes_to_old_objects_arrive(fresh_sandbox: Fresh, make_raw: Make) -> None:
    sandbox = fresh_sandbox()
    raw = make_raw(stripe_account(sandbox))
    load(raw.settings, raw.account)
    charge = refundable_charge(raw)
    made = refund(raw, charge, charge["amount"])
    report = load(raw.settings, raw.account)
    stored = orjson.loads(raw.one(f"select data from raw_stripe.charges where id = '{charge['id']}'"))
    assert stored["refunded"] is True
    assert raw.one(f"select count(*) from raw_stripe.refunds where id = '{made['id']}'") == 1
    assert report.mode is Mode.CHANGES
    assert changed(report)["charges"] == changed(report)["refunds"] == 1
    assert changed(report)["balance_transactions"] == 1, "it has no event of its own"
    assert load(raw.settings, raw.account).rows_changed == 0
    expected = ledger_counts(sandbox)
    assert raw.counts(expected) == expected


@pytest.mark.slow
def test_what_time_brings_arrives(fresh_sandbox: Fresh, make_raw: Make) -> None:
    """Renewals, failed and late payments, payouts: a week of a company's life, in two looks."""
    sandbox = fresh_sandbox("--customers", "40")
    raw = make_raw(stripe_account(sandbox))
    load(raw.settings, raw.account)
    for _ in range(2):
        sandbox.control("clock", advance_days=4)
        report = load(raw.settings, raw.account)
        assert report.mode is Mode.CHANGES
        assert report.rows_changed > 0
        expected = ledger_counts(sandbox)
        assert raw.counts(expected) == expected
        assert_equal_to_stripe(raw)
    assert load(raw.settings, raw.account).rows_changed == 0


def assert_equal_to_stripe(raw: Raw) -> None:
    """Compare every stored row of the tables that change with what Stripe says now."""
    api = StripeApi(raw.account)
    for table, params in (
        ("charges", {}),
        ("payment_intents", {}),
        ("refunds", {}),
        ("invoices", {"expand[]": ["data.discounts"]}),
        ("invoice_payments", {}),
        ("subscriptions", {"status": "all"}),
        ("disputes", {}),
        ("payouts", {}),
        ("balance_transactions", {}),
    ):
        stored = {
            key: orjson.loads(data) for key, data in raw.rows(f"select id, data from raw_stripe.{table}")
        }
        for page in api.pages(f"/v1/{table}", params):
            for thing in page:
                inner = thing.get("lines") or thing.get("items")
                if not (inner and inner["has_more"]):
                    assert stored[thing["id"]] == thing, f"{table} {thing['id']} is stale"


@pytest.mark.slow
def test_a_gap_is_noticed_and_healed(
    fresh_sandbox: Fresh, make_raw: Make, caplog: pytest.LogCaptureFixture
) -> None:
    sandbox = fresh_sandbox("--customers", "15")
    raw = make_raw(stripe_account(sandbox))
    load(raw.settings, raw.account)
    charge = refundable_charge(raw)
    refund(raw, charge, charge["amount"])  # its events will be gone when we look again
    sandbox.control("clock", advance_days=40)
    report = load(raw.settings, raw.account)
    assert report.mode is Mode.HEALED
    assert "25 days" in caplog.text
    expected = ledger_counts(sandbox)
    assert raw.counts(expected) == expected
    assert_equal_to_stripe(raw)
    assert report.rows_changed < report.rows_fetched, "what is equal is not written again"
    again = load(raw.settings, raw.account)
    assert (again.mode, again.rows_changed) == (Mode.CHANGES, 0)


def test_our_own_clock_tells_of_a_gap_too(sandbox: Sandbox, tmp_path: Path) -> None:
    raw = duckdb_raw(tmp_path, stripe_account(sandbox))
    load(raw.settings, raw.account)
    clock.replace(lambda: datetime.now(UTC) + timedelta(days=24))
    try:
        assert load(raw.settings, raw.account).mode is Mode.CHANGES
        clock.replace(lambda: datetime.now(UTC) + timedelta(days=24 + 26))
        assert load(raw.settings, raw.account).mode is Mode.HEALED
    finally:
        clock.replace(None)


def new_customer(raw: Raw) -> str:
    api = StripeApi(raw.account)
    params: Any = {"name": "Nora New", "email": "nora@example.com"}
    return str(api.write(lambda client: client.v1.customers.create(params))["id"])


@pytest.mark.slow
def test_a_hint_is_read_again_at_once(fresh_sandbox: Fresh, make_raw: Make) -> None:
    sandbox = fresh_sandbox()
    raw = make_raw(stripe_account(sandbox))
    load(raw.settings, raw.account)
    charge = refundable_charge(raw)
    made = refund(raw, charge, 100)
    begun = time.monotonic()
    report = reread(raw.settings, raw.account, [("refund", made["id"]), ("checkout.session", "cs_1")])
    assert time.monotonic() - begun < 5
    assert report.mode is Mode.OBJECTS
    assert changed(report) == {"refunds": 1, "charges": 1}, "the charge changes with its refund"
    stored = orjson.loads(raw.one(f"select data from raw_stripe.charges where id = '{charge['id']}'"))
    assert stored["amount_refunded"] == 100
    assert reread(raw.settings, raw.account, [("refund", made["id"])]).rows_changed == 0
    after = changed(load(raw.settings, raw.account))
    assert "charges" not in after
    assert "refunds" not in after, "the next look finds these rows already equal"


def test_a_hint_about_nothing_leaves_no_row(sandbox: Sandbox, tmp_path: Path) -> None:
    raw = duckdb_raw(tmp_path, stripe_account(sandbox))
    load(raw.settings, raw.account)
    report = reread(raw.settings, raw.account, [("charge", "ch_nothing"), ("charge", "")])
    assert report.rows_changed == 0
    assert raw.one("select count(*) from raw_stripe.charges where id = 'ch_nothing'") == 0


def test_two_accounts_share_the_tables(sandbox: Sandbox, make_raw: Make) -> None:
    eu = make_raw(stripe_account(sandbox))
    us = make_raw(stripe_account(sandbox, "stripe_us"))
    load(eu.settings, eu.account)
    load(us.settings, us.account)
    for raw in (eu, us):
        expected = ledger_counts(sandbox, raw.account.account)
        assert raw.counts(expected) == expected
        assert load(raw.settings, raw.account).rows_changed == 0


def test_batches_never_fall_behind(fresh_sandbox: Fresh, tmp_path: Path) -> None:
    sandbox = fresh_sandbox()
    raw = duckdb_raw(tmp_path, stripe_account(sandbox))
    first = load(raw.settings, raw.account)
    new_customer(raw)
    clock.replace(lambda: datetime.now(UTC) - timedelta(hours=5))
    try:
        second = load(raw.settings, raw.account)
    finally:
        clock.replace(None)
    assert second.rows_changed > 0
    assert second.batch_id > first.batch_id
    assert raw.one("select max(batch_id) from raw_stripe.customers") == second.batch_id


def test_a_bad_key_is_said_and_nothing_is_loaded(sandbox: Sandbox, tmp_path: Path) -> None:
    account = stripe_account(sandbox, "stripe_xx")
    raw = duckdb_raw(tmp_path, account)
    with pytest.raises(BadCredential):
        load(raw.settings, account)


def test_nothing_is_set_on_the_sdk(sandbox: Sandbox, tmp_path: Path) -> None:
    raw = duckdb_raw(tmp_path, stripe_account(sandbox))
    load(raw.settings, raw.account)
    StripeApi(raw.account).client.v1.customers.list({"limit": 1})
    assert stripe.api_key is None
    assert stripe.api_base == stripe.DEFAULT_API_BASE


def test_what_happens_during_a_first_load_is_news_to_the_next(
    fresh_sandbox: Fresh, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A refund made after the charges were read, while other lists still are, must not be taken for heeded."""
    sandbox = fresh_sandbox()
    raw = duckdb_raw(tmp_path, stripe_account(sandbox))
    made: list[dict[str, Any]] = []
    done = threading.Event()
    read = StripeApi.get

    def interrupted(self: StripeApi, path: str, params: http.Params | None = None) -> dict[str, Any]:
        if path == "/v1/events" and params and params["limit"] == 100 and "created[gte]" not in params:
            done.wait(30)  # the past events are listed when the refund's are among the newest
        answer = read(self, path, params)
        if path == "/v1/charges" and not made:
            charge = next(
                one for one in answer["data"] if one["paid"] and one["captured"] and not one["disputed"]
            )
            made.append(refund(raw, charge, 100))
            done.set()
        return answer

    with monkeypatch.context() as patched:
        patched.setattr(StripeApi, "get", interrupted)
        load(raw.settings, raw.account)
    load(raw.settings, raw.account)
    assert made
    assert_equal_to_stripe(raw)
    expected = ledger_counts(sandbox)
    assert raw.counts(expected) == expected
    assert load(raw.settings, raw.account).rows_changed == 0


@pytest.mark.slow
def test_events_are_kept_and_forgotten_by_stripe_alone(fresh_sandbox: Fresh, tmp_path: Path) -> None:
    sandbox = fresh_sandbox()
    raw = duckdb_raw(tmp_path, stripe_account(sandbox))
    load(raw.settings, raw.account)
    before = raw.count("events")
    sandbox.control("clock", advance_days=40)
    load(raw.settings, raw.account)
    listed = sum(len(page) for page in StripeApi(raw.account).pages("/v1/events"))
    assert before < raw.count("events") <= before + listed


def test_postgres_finds_rows_by_their_key(sandbox: Sandbox, tmp_path: Path, postgres_url: str) -> None:
    raw = postgres_raw(tmp_path, stripe_account(sandbox), postgres_url)
    load(raw.settings, raw.account)
    load(raw.settings, raw.account)
    found = raw.rows("select tablename, indexdef from pg_indexes where schemaname = 'raw_stripe'")
    keyed = {table for table, definition in found if "UNIQUE" in definition and "(account, id)" in definition}
    assert keyed == set(TABLES)
