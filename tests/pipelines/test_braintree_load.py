"""Braintree -> raw, against the emulated Braintree: complete at first, then exactly what changed."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from billing import clock
from billing.errors import Terminal
from pipelines import braintree as pipeline
from pipelines.braintree import load, reread, windows
from pipelines.braintree.objects import TABLES
from pipelines.report import LoadReport, Mode
from tests.conftest import Sandbox
from tests.pipelines.braintree_house import House, assert_equal_to_braintree, duckdb_house, postgres_house

Fresh = Callable[..., Sandbox]


@pytest.fixture(params=["duckdb", "postgres"])
def house(request: pytest.FixtureRequest, tmp_path: Path, sandbox: Sandbox) -> House:
    if request.param == "duckdb":
        return duckdb_house(tmp_path, sandbox)
    return postgres_house(tmp_path, sandbox, request.getfixturevalue("postgres_url"))


@pytest.fixture
def own(tmp_path: Path, fresh_sandbox: Fresh) -> House:
    """A merchant of the test's own, loaded once."""
    made = duckdb_house(tmp_path, fresh_sandbox())
    load(made.settings, made.account)
    return made


def sale(amount: str, *, submit: bool = True) -> dict[str, Any]:
    options = {"submit_for_settlement": submit}
    return {"amount": amount, "payment_method_nonce": "fake-valid-nonce", "options": options}


def changed(report: LoadReport) -> dict[str, int]:
    return {name: table.rows_changed for name, table in report.tables.items() if table.rows_changed}


def test_a_first_load_holds_everything_as_it_was_sent(house: House) -> None:
    seen: dict[str, int] = {}
    report = load(house.settings, house.account, progress=seen.__setitem__)
    assert report.mode is Mode.FIRST
    counts = house.counts()
    assert {table: len(house.stored(table)) for table in counts} == counts
    assert counts["transactions"] > 100
    assert seen["transactions"] == counts["transactions"]
    assert_equal_to_braintree(house)
    for table in TABLES:
        assert house.rows(f"select count(*) from raw_braintree.{table}")[0][0] >= 1
    ((version,),) = house.rows("select distinct api_version from raw_braintree.transactions")
    assert version == "6"
    found = house.rows("select created_at, data from raw_braintree.transactions")
    assert all(f"{at:%Y-%m-%dT%H:%M:%SZ}" == orjson.loads(data)["created-at"] for at, data in found)


def test_a_quiet_cycle_changes_nothing(house: House) -> None:
    load(house.settings, house.account)
    for _ in range(2):
        report = load(house.settings, house.account)
        assert (report.mode, report.rows_changed) == (Mode.CHANGES, 0)
        assert report.tables["transactions"].rows_fetched < 40, "what did not change is not read again"


def test_what_happens_long_after_creation_arrives_with_the_next_load(own: House) -> None:
    own.pass_days(100)
    load(own.settings, own.account)
    sdk = own.sdk
    paid = own.oldest()
    credit = sdk.transaction.refund(
        paid["id"], "1" if paid["currency-iso-code"] == "JPY" else "1.00"
    ).transaction
    other = next(one for one in own.stored("transactions").values() if one["status"] == "settled"
                 and one["type"] == "sale" and not one["disputes"] and one["id"] != paid["id"])  # fmt: skip
    quarrel = own.act("dispute", id=other["id"])["id"]
    ending = next(one for one in own.stored("subscriptions").values() if one["status"] == "Active")
    sdk.subscription.cancel(ending["id"])
    named, gone = sorted(own.stored("customers"))[:2]
    sdk.customer.update(named, {"custom_fields": {"vat_number": "PL5252344078"}, "company": "Nowa Firma"})
    sdk.customer.delete(gone)
    report = load(own.settings, own.account)
    assert report.mode is Mode.CHANGES
    assert report.tables["transactions"].rows_fetched < len(own.stored("transactions")) / 2
    sales = own.stored("transactions")
    assert sales[credit.id]["refunded-transaction-id"] == paid["id"]
    assert sales[paid["id"]]["refund-ids"] == [credit.id], "the sale was read again with its refund"
    assert sales[other["id"]]["disputes"][0]["id"] == quarrel
    assert own.stored("disputes")[quarrel]["status"] == "open"
    assert own.stored("subscriptions")[ending["id"]]["status"] == "Canceled"
    assert own.stored("customers")[named]["custom-fields"] == {"vat_number": "PL5252344078"}
    assert own.stored("customers", is_deleted=True)[gone]["id"] == gone, "what was last known of it stays"
    assert_equal_to_braintree(own)
    assert load(own.settings, own.account).rows_changed == 0


def test_states_without_a_time_to_search_by_are_noticed(own: House) -> None:
    sdk = own.sdk
    made = [sdk.transaction.sale(sale(amount)).transaction.id for amount in ("7.50", "8.50")]
    load(own.settings, own.account)
    own.pass_days(20)
    load(own.settings, own.account)
    kept = sdk.transaction.sale(sale("9.50", submit=False)).transaction.id
    late = sdk.transaction.sale(sale("4001.00")).transaction.id
    load(own.settings, own.account)
    assert own.stored("transactions")[late]["status"] == "submitted_for_settlement"
    own.act("decline_settlement", id=late)
    report = load(own.settings, own.account)
    assert own.stored("transactions")[late]["status"] == "settlement_declined"
    assert changed(report) == {"transactions": 1}
    own.pass_days(9)
    load(own.settings, own.account)
    found = own.stored("transactions")
    assert found[kept]["status"] == "authorization_expired"
    assert {found[id]["status"] for id in made} == {"settled"}
    assert_equal_to_braintree(own)


def test_a_dispute_is_followed_to_its_end(own: House) -> None:
    quarrel = next(id for id, one in own.stored("disputes").items() if one["status"] == "open")
    own.pass_days(1)
    own.sdk.dispute.finalize(quarrel)
    load(own.settings, own.account)
    assert own.stored("disputes")[quarrel]["status"] == "disputed"
    own.pass_days(60)
    own.act("decide", id=quarrel, outcome="won")
    report = load(own.settings, own.account)
    found = own.stored("disputes")[quarrel]
    assert (found["status"], found["amount-won"]) == ("won", found["amount-disputed"])
    assert report.tables["disputes"].rows_changed == 1
    assert_equal_to_braintree(own)


def test_a_long_gap_heals_by_itself(own: House) -> None:
    own.pass_days(200)
    report = load(own.settings, own.account)
    assert report.mode is Mode.CHANGES
    assert_equal_to_braintree(own)


def test_cut_off_searches_are_halved(
    tmp_path: Path, fresh_sandbox: Fresh, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = duckdb_house(tmp_path, fresh_sandbox())
    counts = house.counts()
    house.act("search_cap", ids=15)
    monkeypatch.setattr(windows, "MOST_IDS", 15)
    load(house.settings, house.account)
    assert {table: len(house.stored(table)) for table in counts} == counts
    house.pass_days(60)
    load(house.settings, house.account)
    house.act("search_cap", ids=50_000)
    assert_equal_to_braintree(house)


def test_more_in_one_minute_than_a_search_can_name_is_an_error(
    tmp_path: Path, fresh_sandbox: Fresh, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = duckdb_house(tmp_path, fresh_sandbox())
    house.act("search_cap", ids=1)
    monkeypatch.setattr(windows, "MOST_IDS", 1)
    with pytest.raises(Terminal, match="cannot name them all"):
        load(house.settings, house.account)


def test_an_unbelievably_short_list_changes_nothing(own: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "_TOLERATED_LOSS", 3)
    before = own.stored("customers")
    own.act("search_cap", ids=2)
    with pytest.raises(Terminal, match="not believed"):
        load(own.settings, own.account)
    assert own.stored("customers") == before


def test_a_large_vault_is_read_by_its_ids(own: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "_SMALL", 5)
    gone = sorted(own.stored("customers"))[0]
    own.sdk.customer.delete(gone)
    fresh = own.sdk.customer.create({"email": "new@example.com"}).customer.id
    other = sorted(own.stored("customers"))[5]
    own.sdk.customer.update(other, {"email": "changed@example.com"})
    report = load(own.settings, own.account)
    assert report.tables["customers"].rows_fetched == 2
    assert fresh in own.stored("customers")
    assert gone in own.stored("customers", is_deleted=True)
    assert own.stored("customers")[other]["email"] != "changed@example.com"
    reread(own.settings, own.account, [("customer", other)])
    assert own.stored("customers")[other]["email"] == "changed@example.com"


def test_once_a_day_everything_is_looked_at(own: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "_SMALL", 5)
    other = sorted(own.stored("customers"))[5]
    own.sdk.customer.update(other, {"email": "changed@example.com"})
    later = datetime.now(UTC) + timedelta(days=1, minutes=5)
    monkeypatch.setattr(clock, "now", lambda: later)
    load(own.settings, own.account)
    assert own.stored("customers")[other]["email"] == "changed@example.com"


def test_a_webhooks_object_is_read_with_what_belongs_to_it(own: House) -> None:
    paid = own.oldest()
    credit = own.sdk.transaction.refund(paid["id"]).transaction.id
    targets = [
        ("transaction", credit),
        ("disbursement", "d1"),
        ("transaction", ""),
        ("subscription", "nobody"),
    ]
    report = reread(own.settings, own.account, targets)
    assert report.mode is Mode.OBJECTS
    assert own.stored("transactions")[paid["id"]]["refund-ids"] == [credit]
    assert "nobody" not in own.stored("subscriptions", is_deleted=True)
    assert load(own.settings, own.account).rows_changed == 0


def test_summaries_are_of_days_that_are_over(own: House) -> None:
    today = datetime.now(UTC).date().isoformat()
    days = sorted(own.stored("settlement_batch_summaries"))
    assert days[-1] < today
    assert len(days) == (datetime.fromisoformat(days[-1]) - datetime.fromisoformat(days[0])).days + 1
    settled = {one["settlement-batch-id"][:10] for one in own.stored("transactions").values()
               if one["status"] == "settled"}  # fmt: skip
    assert settled - {today} <= set(days)
    own.pass_days(3)
    load(own.settings, own.account)
    assert today in own.stored("settlement_batch_summaries")
