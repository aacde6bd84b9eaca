"""What Stripe alone can do to us on a bad day; what every gateway can do is in test_gateway_faults.py."""

from collections.abc import Callable
from pathlib import Path

import pytest

from billing.errors import Terminal
from gateways import http
from gateways.stripe.api import StripeApi
from pipelines.stripe import load
from tests.conftest import Sandbox
from tests.pipelines.conftest import duckdb_raw, ledger_counts, stripe_account
from tests.pipelines.test_stripe_load import assert_equal_to_stripe


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
    expected = ledger_counts(sandbox)
    assert raw.counts(expected) == expected
    assert_equal_to_stripe(raw)
