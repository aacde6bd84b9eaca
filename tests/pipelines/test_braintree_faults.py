"""Braintree's bad days: a load waits them out, or changes nothing at all."""

from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import SecretStr

from billing.errors import BadCredential, Transient
from gateways.braintree.api import BraintreeApi
from pipelines import braintree as pipeline
from pipelines.braintree import load
from pipelines.report import Mode
from tests.conftest import Sandbox
from tests.pipelines.braintree_house import House, assert_equal_to_braintree, duckdb_house

SEARCH = "/braintree/merchants/*/transactions/advanced_search"
IDS = "/braintree/merchants/*/transactions/advanced_search_ids"
Fresh = Callable[..., Sandbox]


@pytest.fixture
def house(tmp_path: Path, sandbox: Sandbox) -> House:
    return duckdb_house(tmp_path, sandbox)


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "429", "times": 2, "seconds": 2},
        {"kind": "429", "times": 2},
        {"kind": "500", "times": 2},
        {"kind": "truncate"},
        {"kind": "cut"},
        {"kind": "timeout_before"},
        {"kind": "timeout_after"},
    ],
    ids=["429 told", "429", "500", "truncate", "cut", "dropped", "lost"],
)
def test_passing_faults_are_waited_out(house: House, sandbox: Sandbox, fault: dict[str, object]) -> None:
    for path in (
        IDS,
        SEARCH,
        "/braintree/merchants/*/settlement_batch_summary",
        "/braintree/merchants/*/plans/",
    ):
        sandbox.control("faults", path=path, **fault)
    try:
        load(house.settings, house.account)
        assert sandbox.control("faults") == [], "every fault was met"
    finally:
        sandbox.forget("faults")
    assert_equal_to_braintree(house)


def test_an_outage_in_the_middle_leaves_the_cursor_where_it_was(
    tmp_path: Path, fresh_sandbox: Fresh, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = duckdb_house(tmp_path, fresh_sandbox())
    load(house.settings, house.account)
    paid = house.oldest()
    house.sdk.transaction.refund(paid["id"])
    before = house.stored("transactions")
    monkeypatch.setattr(pipeline, "BraintreeApi", lambda account: BraintreeApi(account, patience=1.0))
    house.sandbox.control("faults", path=SEARCH, kind="500", times=1000)
    with pytest.raises(Transient):
        load(house.settings, house.account)
    assert house.stored("transactions") == before
    house.sandbox.forget("faults")
    assert load(house.settings, house.account).rows_changed >= 2
    assert_equal_to_braintree(house)


def test_a_first_load_that_broke_off_begins_anew(
    house: House, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "BraintreeApi", lambda account: BraintreeApi(account, patience=1.0))
    sandbox.control("faults", path=SEARCH, kind="500", times=1000, skip=1)
    with pytest.raises(Transient):
        load(house.settings, house.account)
    sandbox.forget("faults")
    monkeypatch.undo()
    assert load(house.settings, house.account).mode is Mode.FIRST
    assert_equal_to_braintree(house)


def test_withdrawn_keys_are_named_and_change_nothing(house: House) -> None:
    load(house.settings, house.account)
    before = house.stored("transactions")
    other = house.account.model_copy(update={"private_key": SecretStr("withdrawn")})
    with pytest.raises(BadCredential, match="keys are not accepted") as caught:
        load(house.settings, other)
    assert "withdrawn" not in str(caught.value)
    assert house.stored("transactions") == before
    assert load(house.settings, house.account).rows_changed == 0
