"""Bad days at Stripe lose no row and double none."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from billing.errors import Terminal, Transient
from gateways import http
from gateways.stripe.api import StripeApi
from pipelines import stripe as pipeline
from pipelines.stripe import load
from tests.conftest import Sandbox
from tests.pipelines.conftest import Raw, duckdb_raw, ledger_counts, stripe_account
from tests.pipelines.test_stripe_load import assert_equal_to_stripe, new_customer, refund, refundable_charge


@pytest.fixture(autouse=True)
def _tidy(sandbox: Sandbox) -> Iterator[None]:
    sandbox.forget("faults")
    yield
    sandbox.forget("faults")


def assert_whole(raw: Raw, sandbox: Sandbox) -> None:
    expected = ledger_counts(sandbox)
    assert raw.counts(expected) == expected
    assert_equal_to_stripe(raw)


@pytest.mark.parametrize("kind", ["429", "500", "timeout_before", "timeout_after", "truncate", "cut"])
def test_a_first_load_through_faults(sandbox: Sandbox, tmp_path: Path, kind: str) -> None:
    raw = duckdb_raw(tmp_path, stripe_account(sandbox))
    for path in ("charges", "invoices", "balance_transactions", "events", "customers"):
        sandbox.control("faults", path=f"/stripe/v1/{path}", method="GET", kind=kind, times=2, skip=1)
    load(raw.settings, raw.account)
    assert_whole(raw, sandbox)
    assert load(raw.settings, raw.account).rows_changed == 0


@pytest.mark.slow
def test_changes_through_faults(fresh_sandbox: Callable[..., Sandbox], tmp_path: Path) -> None:
    sandbox = fresh_sandbox()
    raw = duckdb_raw(tmp_path, stripe_account(sandbox))
    load(raw.settings, raw.account)
    for kind in ("429", "500", "timeout_before", "truncate", "cut"):
        sandbox.control("clock", advance_days=2)
        for path in ("events", "charges/*", "invoices/*", "balance_transactions", "subscriptions/*"):
            sandbox.control("faults", path=f"/stripe/v1/{path}", method="GET", kind=kind, times=2)
        load(raw.settings, raw.account)
        sandbox.forget("faults")
        assert_whole(raw, sandbox)


def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give up after a second, so that an outage need not last for minutes."""

    class Impatient(StripeApi):
        def __init__(self, account: object) -> None:
            super().__init__(account, patience=1.0)  # type: ignore[arg-type] - handed through

    monkeypatch.setattr(pipeline, "StripeApi", Impatient)


def test_an_outage_in_the_midst_of_a_first_load_leaves_nothing(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = duckdb_raw(tmp_path, stripe_account(sandbox))
    sandbox.control("faults", path="/stripe/v1/charges", method="GET", kind="500", times=500)
    with monkeypatch.context() as patched:
        impatient(patched)
        with pytest.raises(Transient):
            load(raw.settings, raw.account)
    sandbox.forget("faults")
    load(raw.settings, raw.account)
    assert_whole(raw, sandbox)


@pytest.mark.slow
def test_an_outage_in_the_midst_of_changes_moves_no_cursor(
    fresh_sandbox: Callable[..., Sandbox], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox = fresh_sandbox()
    raw = duckdb_raw(tmp_path, stripe_account(sandbox))
    load(raw.settings, raw.account)
    customer = new_customer(raw)
    charge = refundable_charge(raw)
    refund(raw, charge, charge["amount"])
    for path in (f"charges/{charge['id']}", "balance_transactions", f"customers/{customer}"):
        sandbox.control("faults", path=f"/stripe/v1/{path}", method="GET", kind="500", times=500)
        with monkeypatch.context() as patched:
            impatient(patched)
            with pytest.raises(Transient):
                load(raw.settings, raw.account)
        sandbox.forget("faults")
    load(raw.settings, raw.account)
    assert_whole(raw, sandbox)
    assert raw.one(f"select count(*) from raw_stripe.customers where id = '{customer}'") == 1


@pytest.mark.slow
def test_a_list_too_short_to_be_true_is_refused(
    fresh_sandbox: Callable[..., Sandbox], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sweep must not take a vendor's bad moment for thousands of deletions."""
    sandbox = fresh_sandbox("--customers", "40")
    raw = duckdb_raw(tmp_path, stripe_account(sandbox))
    load(raw.settings, raw.account)
    before = raw.count("charges")
    assert before > 100
    sandbox.control("clock", advance_days=40)
    read = StripeApi.get

    def forgetful(self: StripeApi, path: str, params: http.Params | None = None) -> object:
        answer = read(self, path, params)
        if path == "/v1/charges":
            answer |= {"data": answer["data"][:3], "has_more": False}
        return answer

    with monkeypatch.context() as patched:
        patched.setattr(StripeApi, "get", forgetful)
        with pytest.raises(Terminal, match="charges"):
            load(raw.settings, raw.account)
    assert raw.count("charges") == before
    load(raw.settings, raw.account)
    assert_whole(raw, sandbox)
