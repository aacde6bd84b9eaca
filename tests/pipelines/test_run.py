"""Pipelines by the gateway's name, and their small command line."""

import subprocess
import sys
from pathlib import Path

import pytest

from billing.errors import NotFound
from pipelines import run
from pipelines.report import Mode
from tests.conftest import ROOT, Sandbox
from tests.pipelines.conftest import duckdb_raw, stripe_account

CONFIG = """
[company]
name = "Lampa"
address = ["Lindenallee 1"]
country = "DE"
email = "billing@example.com"

[[gateways.stripe]]
account = "stripe_eu"
title = "EU"
secret_key = "env:TEST_STRIPE_KEY"
base_url = "{url}/stripe"
requests_per_second = 80
"""


def test_accounts_are_found_by_name(sandbox: Sandbox, tmp_path: Path) -> None:
    settings = duckdb_raw(tmp_path, stripe_account(sandbox)).settings
    assert [(name, one.account) for name, one in run.accounts(settings)] == [("stripe", "stripe_eu")]
    assert run.account_named(settings, "stripe", "stripe_eu").title == "stripe_eu"
    with pytest.raises(NotFound, match="stripe_xx"):
        run.account_named(settings, "stripe", "stripe_xx")
    with pytest.raises(NotFound, match="acme"):
        list(run.accounts(settings, "acme"))


def test_load_and_reread_go_by_the_gateways_name(sandbox: Sandbox, tmp_path: Path) -> None:
    raw = duckdb_raw(tmp_path, stripe_account(sandbox))
    assert run.load(raw.settings, "stripe", raw.account).mode is Mode.FIRST
    assert run.reread(raw.settings, "stripe", raw.account, []).rows_changed == 0


def command(folder: Path, *args: str, key: str = "sk_test_sandbox_eu") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pipelines", *args, "--config", str(folder / "billhouse.toml")],
        cwd=ROOT,
        env={"TEST_STRIPE_KEY": key, "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_command_line_loads_and_says_so(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "billhouse.toml").write_text(CONFIG.format(url=sandbox.url))
    first = command(tmp_path, "run", "stripe")
    assert first.returncode == 0, first.stderr
    assert "stripe stripe_eu: first," in first.stdout
    assert ": changes," in command(tmp_path, "run", "stripe").stdout


def test_the_command_line_fails_in_words(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "billhouse.toml").write_text(CONFIG.format(url=sandbox.url))
    refused = command(tmp_path, "run", "stripe", key="sk_test_wrong_one")
    assert refused.returncode == 1
    assert "Stripe" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert "wrong_one" not in refused.stderr
    assert command(tmp_path, "run", "acme").returncode == 1
