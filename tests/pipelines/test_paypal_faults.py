"""Bad days at PayPal lose no row and double none."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from billing.errors import Terminal, Transient
from gateways.paypal.api import PaypalApi
from pipelines import paypal as pipeline
from pipelines.paypal import load
from tests.conftest import Sandbox
from tests.pipelines.paypal_raw import paypal_raw

LISTS = (
    "v1/reporting/transactions",
    "v1/notifications/webhooks-events",
    "v2/invoicing/invoices",
    "v1/customer/disputes",
    "v1/billing/plans",
    "v1/oauth2/token",
    "v1/reporting/balances",
)
KINDS = ("429", "500", "timeout_before", "timeout_after", "truncate", "cut")


@pytest.fixture(autouse=True)
def _tidy(sandbox: Sandbox) -> Iterator[None]:
    sandbox.forget("faults")
    yield
    sandbox.forget("faults")


@pytest.mark.parametrize("kind", KINDS)
def test_a_first_load_through_faults(sandbox: Sandbox, tmp_path: Path, kind: str) -> None:
    raw = paypal_raw(tmp_path, sandbox)
    for path in LISTS:
        sandbox.control("faults", path=f"/paypal/{path}", kind=kind, times=2)
    sandbox.control("faults", path="/paypal/v2/payments/captures/*", method="GET", kind=kind, times=4, skip=3)
    load(raw.settings, raw.account)
    raw.assert_whole()
    assert load(raw.settings, raw.account).rows_changed == 0


def test_a_429_that_names_its_seconds_is_obeyed(sandbox: Sandbox, tmp_path: Path) -> None:
    raw = paypal_raw(tmp_path, sandbox)
    sandbox.control("faults", path="/paypal/v1/reporting/balances", kind="429", times=1, seconds=2)
    assert load(raw.settings, raw.account).seconds > 2
    raw.assert_whole()


def test_changes_through_faults(fresh_sandbox: Callable[..., Sandbox], tmp_path: Path) -> None:
    sandbox = fresh_sandbox("--customers", "1", "--only", "paypal")
    raw = paypal_raw(tmp_path, sandbox)
    load(raw.settings, raw.account)
    for kind in ("429", "500", "truncate", "cut"):
        sandbox.control("clock", advance_days=2)
        for path in (*LISTS, "v2/payments/captures/*", "v1/billing/subscriptions/*"):
            sandbox.control("faults", path=f"/paypal/{path}", method="GET", kind=kind, times=2)
        load(raw.settings, raw.account)
        sandbox.forget("faults")
        raw.assert_totals()
    sandbox.control("clock", advance_seconds=4 * 3600)
    load(raw.settings, raw.account)
    raw.assert_whole()


def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give up after a second, so that an outage need not last for minutes."""

    class Impatient(PaypalApi):
        def __init__(self, account: object) -> None:
            super().__init__(account, patience=1.0)  # type: ignore[arg-type] - handed through

    monkeypatch.setattr(pipeline, "PaypalApi", Impatient)


def test_an_outage_in_the_midst_leaves_nothing_and_moves_no_cursor(
    fresh_sandbox: Callable[..., Sandbox], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox = fresh_sandbox("--customers", "1", "--only", "paypal")
    raw = paypal_raw(tmp_path, sandbox)
    for path in ("v2/payments/refunds/*", "v1/reporting/transactions"):
        sandbox.control("faults", path=f"/paypal/{path}", method="GET", kind="500", times=500)
        with monkeypatch.context() as patched:
            impatient(patched)
            with pytest.raises(Transient):
                load(raw.settings, raw.account)
        sandbox.forget("faults")
    load(raw.settings, raw.account)
    raw.assert_whole()
    made = raw.ask("POST", f"/v2/payments/captures/{raw.named('grace_old')}/refund", {})
    sandbox.control("faults", path=f"/paypal/v2/payments/refunds/{made['id']}", kind="500", times=500)
    with monkeypatch.context() as patched:
        impatient(patched)
        with pytest.raises(Transient):
            load(raw.settings, raw.account)
    sandbox.forget("faults")
    load(raw.settings, raw.account)
    raw.assert_totals()
    assert raw.one("refunds", made["id"])["status"] == "COMPLETED"


def test_a_list_too_short_to_be_true_is_refused(
    fresh_sandbox: Callable[..., Sandbox], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A list of invoices that comes back empty must not be taken for so many deletions."""
    raw = paypal_raw(tmp_path, fresh_sandbox("--customers", "1", "--only", "paypal"))
    load(raw.settings, raw.account)
    before = raw.count("invoices")
    raw.sandbox.control("clock", advance_days=2)
    with monkeypatch.context() as patched:
        patched.setattr(pipeline, "_TOLERATED_LOSS", 2)
        patched.setattr(PaypalApi, "invoices", lambda _self, *, is_whole: [])
        with pytest.raises(Terminal, match="not believed"):
            load(raw.settings, raw.account)
    assert raw.count("invoices") == before
