"""What PayPal alone can do to us on a bad day; what every gateway can do is in test_gateway_faults.py."""

from collections.abc import Callable
from pathlib import Path

import pytest

from billing.errors import Terminal
from gateways.paypal.api import PaypalApi
from pipelines import paypal as pipeline
from pipelines.paypal import load
from tests.conftest import Sandbox
from tests.pipelines.paypal_raw import PaypalRaw, paypal_raw


@pytest.fixture
def raw(fresh_sandbox: Callable[..., Sandbox], tmp_path: Path) -> PaypalRaw:
    """A warehouse of a small company's."""
    return paypal_raw(tmp_path, fresh_sandbox("--customers", "1", "--only", "paypal"))


def test_a_token_that_ends_in_the_midst_of_a_load_is_renewed(raw: PaypalRaw) -> None:
    raw.act(knobs={"token_requests": 9})
    raw.sandbox.forget("requests")
    load(raw.settings, raw.account)
    raw.ask("POST", f"/v2/payments/captures/{raw.named('grace_old')}/refund", {})
    load(raw.settings, raw.account)
    asked = raw.sandbox.control("requests?prefix=/paypal")
    assert sum(one["path"].endswith("/oauth2/token") for one in asked) > 10
    assert sum(one["status"] == 401 for one in asked) > 10, "tokens that had ended were tried"
    raw.act(knobs={"token_requests": 0})
    raw.sandbox.control("clock", advance_seconds=4 * 3600)  # until the report tells of the refund
    load(raw.settings, raw.account)
    raw.assert_whole()
    assert load(raw.settings, raw.account).rows_changed == 0


def test_a_token_that_is_refused_once_is_renewed(raw: PaypalRaw) -> None:
    for skip in (3, 20, 40):
        raw.sandbox.control("faults", path="/paypal/v[12]/[!o]*", kind="401", skip=skip)
    load(raw.settings, raw.account)
    assert raw.sandbox.control("faults") == [], "every fault was met"
    raw.assert_whole()


def test_a_list_too_short_to_be_true_is_refused(raw: PaypalRaw, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list of invoices that comes back empty must not be taken for so many deletions."""
    load(raw.settings, raw.account)
    before = raw.count("invoices")
    raw.sandbox.control("clock", advance_days=2)
    with monkeypatch.context() as patched:
        patched.setattr(pipeline, "_TOLERATED_LOSS", 2)
        patched.setattr(PaypalApi, "invoices", lambda _self, *, is_whole: [])
        with pytest.raises(Terminal, match="not believed"):
            load(raw.settings, raw.account)
    assert raw.count("invoices") == before
