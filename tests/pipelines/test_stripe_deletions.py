"""What is deleted at Stripe stays in raw, marked, with what was last known of it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson

from billing.settings_model import StripeAccount
from gateways.stripe.api import StripeApi
from pipelines.report import Mode
from pipelines.stripe import load
from tests.conftest import Sandbox
from tests.pipelines.conftest import Raw, duckdb_raw, ledger_counts, stripe_account
from tests.pipelines.test_stripe_load import new_customer

Make = Callable[[StripeAccount], Raw]
Fresh = Callable[..., Sandbox]


def delete_customer(raw: Raw, customer: str) -> None:
    StripeApi(raw.account).write(lambda client: client.v1.customers.delete(customer))


def customer_row(raw: Raw, customer: str) -> tuple[bool, dict[str, Any]]:
    ((deleted, data),) = raw.rows(
        f"select is_deleted, data from raw_stripe.customers where id = '{customer}'"
    )
    return deleted, orjson.loads(data)


def test_a_deleted_customer_is_kept(fresh_sandbox: Fresh, make_raw: Make) -> None:
    sandbox = fresh_sandbox()
    raw = make_raw(stripe_account(sandbox))
    load(raw.settings, raw.account)
    customer = new_customer(raw)
    load(raw.settings, raw.account)
    assert customer_row(raw, customer)[0] is False
    delete_customer(raw, customer)
    load(raw.settings, raw.account)
    deleted, data = customer_row(raw, customer)
    assert deleted is True
    assert data["email"] == "nora@example.com", "what was last known stays"
    assert load(raw.settings, raw.account).rows_changed == 0


def test_a_customer_who_came_and_went_between_two_looks_is_known(
    fresh_sandbox: Fresh, tmp_path: Path
) -> None:
    sandbox = fresh_sandbox()
    raw = duckdb_raw(tmp_path, stripe_account(sandbox))
    before = new_customer(raw)
    delete_customer(raw, before)
    load(raw.settings, raw.account)
    between = new_customer(raw)
    delete_customer(raw, between)
    load(raw.settings, raw.account)
    for customer in (before, between):
        deleted, data = customer_row(raw, customer)
        assert deleted is True
        assert data["name"] == "Nora New"


def test_a_sweep_finds_what_vanished_unseen(fresh_sandbox: Fresh, tmp_path: Path) -> None:
    sandbox = fresh_sandbox()
    raw = duckdb_raw(tmp_path, stripe_account(sandbox))
    customer = new_customer(raw)
    load(raw.settings, raw.account)
    delete_customer(raw, customer)
    sandbox.control("clock", advance_days=31)  # the event of the deletion is gone
    assert load(raw.settings, raw.account).mode is Mode.HEALED
    deleted, data = customer_row(raw, customer)
    assert deleted is True
    assert data["email"] == "nora@example.com"
    expected = ledger_counts(sandbox)
    assert raw.counts(expected) == expected
