"""A first load is everything; later ones what changed since, however old the object."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from billing.errors import BadCredential
from pipelines.recurly import load, reread
from pipelines.report import Mode
from tests.conftest import Sandbox
from tests.pipelines.recurly_house import (
    LISTS,
    House,
    assert_equal_to_recurly,
    duckdb_house,
    postgres_house,
)


@pytest.fixture(params=["duckdb", "postgres"])
def house(request: pytest.FixtureRequest, tmp_path: Path, fresh_sandbox: Callable[..., Sandbox]) -> House:
    sandbox = fresh_sandbox("--customers", "20")
    if request.param == "duckdb":
        return duckdb_house(tmp_path, sandbox)
    return postgres_house(tmp_path, sandbox, request.getfixturevalue("postgres_url"))


@pytest.fixture
def on_duckdb(tmp_path: Path, fresh_sandbox: Callable[..., Sandbox]) -> tuple[House, Sandbox]:
    sandbox = fresh_sandbox("--customers", "20")
    return duckdb_house(tmp_path, sandbox), sandbox


def paid_invoice(house: House, code: str, *, oldest: bool = True) -> dict[str, Any]:
    found = house.every(
        f"accounts/code-{code}/invoices", sort="created_at", order="asc", type="charge", state="paid"
    )
    return found[0 if oldest else -1]


def test_a_first_load_is_everything_and_the_second_is_quiet(house: House) -> None:
    first = load(house.settings, house.account)
    assert first.mode is Mode.FIRST
    assert_equal_to_recurly(house)
    second = load(house.settings, house.account)
    assert (second.mode, second.rows_changed) == (Mode.CHANGES, 0)
    assert 0 < second.rows_fetched < first.rows_fetched / 2


def test_numbers_keep_their_digits(house: House) -> None:
    load(house.settings, house.account)
    invoice = paid_invoice(house, "maria")
    assert f'"total":{invoice["total"]}' in house.stored("invoices")[invoice["id"]]
    version, created = house.rows(
        f"select api_version, created_at from raw_recurly.invoices where id = '{invoice['id']}'"
    )[0]
    assert version == "v2021-02-25"
    assert f"{created:%Y-%m-%dT%H:%M:%SZ}" == invoice["created_at"]


def test_an_invoice_holds_all_of_its_lines(house: House) -> None:
    load(house.settings, house.account)
    [long] = [one for one in house.every("invoices") if one["has_more_line_items"]]
    assert len(house.raw("invoices", long["id"])["line_items"]) == 26


def test_late_changes_to_old_objects_arrive_with_the_next_load(house: House) -> None:
    load(house.settings, house.account)
    old = paid_invoice(house, "maria")
    credit = house.send("POST", f"/invoices/{old['id']}/refund", {"type": "amount", "amount": 7.5})
    ivo = paid_invoice(house, "ivo")
    kept = house.send(
        "POST",
        f"/invoices/{ivo['id']}/refund",
        {"type": "amount", "amount": 4, "refund_method": "all_credit"},
    )
    account = house.send("PUT", "/accounts/code-oscar", {"vat_number": "GB123456789"})
    [running] = house.every("accounts/code-moreau/subscriptions")
    house.send("PUT", f"/subscriptions/{running['id']}/cancel")
    closed = house.send("DELETE", "/accounts/code-tessa")
    coupon = next(one for one in house.every("coupons") if one["code"] == "FIVEOFF")
    house.send("DELETE", f"/coupons/{coupon['id']}")

    report = load(house.settings, house.account)

    assert report.mode is Mode.CHANGES
    assert report.rows_fetched < 60, "no full reload"
    assert house.raw("invoices", old["id"])["refundable_amount"] == float(old["total"]) - 7.5
    assert house.raw("invoices", credit["id"])["state"] == "closed"
    [refund] = credit["transactions"]
    assert house.raw("transactions", refund["id"])["original_transaction_id"] == old["transactions"][0]["id"]
    assert house.raw("transactions", old["transactions"][0]["id"])["refunded"] is True
    assert house.raw("invoices", kept["id"])["balance"] == -4.0
    assert house.raw("accounts", account["id"])["vat_number"] == "GB123456789"
    assert house.raw("subscriptions", running["id"])["state"] == "canceled"
    assert (
        house.raw("accounts", closed["id"])["state"],
        house.raw("accounts", closed["id"])["deleted_at"],
    ) == (
        "inactive",
        closed["deleted_at"],
    )
    assert house.raw("coupons", coupon["id"])["state"] == "expired"
    assert load(house.settings, house.account).rows_changed == 0


def test_time_at_recurly_arrives_even_after_a_long_gap(on_duckdb: tuple[House, Sandbox]) -> None:
    house, sandbox = on_duckdb
    load(house.settings, house.account)
    for days in (3, 200):
        sandbox.control("clock", advance_days=days)
        assert load(house.settings, house.account).rows_changed > 0
        stored = {table: set(house.stored(table)) for table in LISTS}
        assert stored == {table: {one["id"] for one in house.every(table)} for table in LISTS}
    statuses = {data for (data,) in house.rows("select data ->> '$.status' from raw_recurly.transactions")}
    assert {"chargeback", "error", "declined", "success"} <= statuses


def test_single_objects_are_read_again_with_what_hangs_on_them(house: House) -> None:
    load(house.settings, house.account)
    old = paid_invoice(house, "maria")
    credit = house.send("POST", f"/invoices/{old['id']}/refund", {"type": "amount", "amount": 7.5})
    report = reread(
        house.settings, house.account, [("invoice", credit["id"]), ("usage", "u1"), ("account", "")]
    )
    assert report.mode is Mode.OBJECTS
    assert credit["transactions"][0]["id"] in house.stored("transactions")
    assert credit["credit_payments"][0]["id"] in house.stored("credit_payments")
    corrected = house.raw("invoices", old["id"])
    assert corrected["refundable_amount"] == corrected["total"] - 7.5


def test_an_object_that_is_gone_is_marked_and_kept(on_duckdb: tuple[House, Sandbox]) -> None:
    house, sandbox = on_duckdb
    load(house.settings, house.account)
    gone = house.every("plans")[0]
    emptied = house.account.model_copy(
        update={"base_url": f"{sandbox.url}/recurly/plans/none"}
    )  # answers 404
    reread(house.settings, emptied, [("plan", gone["id"])])
    [(data, is_deleted, created)] = house.rows(
        f"select data, is_deleted, created_at from raw_recurly.plans where id = '{gone['id']}'"
    )
    assert is_deleted
    assert gone["code"] in data
    assert created is not None


def test_a_wrong_key_is_named(on_duckdb: tuple[House, Sandbox]) -> None:
    house, _ = on_duckdb
    with pytest.raises(BadCredential, match="API key"):
        load(house.settings, house.account.model_copy(update={"api_key": SecretStr("wrong")}))
