"""A load that is killed anywhere loses nothing and doubles nothing: the next one makes it whole."""

import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gateways.stripe.api import StripeApi
from pipelines.report import Mode
from pipelines.stripe import load
from tests.conftest import ROOT, Sandbox
from tests.pipelines.conftest import Raw, duckdb_raw, ledger_counts, postgres_raw, stripe_account
from tests.pipelines.test_stripe_load import assert_equal_to_stripe, new_customer, refundable_charge

KILLED = -9
pytestmark = pytest.mark.slow

# The steps that dlt takes; a number says at which of several calls.
DUCKDB_STEPS = [
    ("while extracting", 3),
    ("before normalizing", 1),
    ("after normalizing", 1),
    ("before loading", 1),
    ("after a copy", 4),
    ("after the cursor was stored", 1),
    ("after jobs were noted", 1),
    ("after jobs were noted", 2),
    ("before a merge", 3),
    ("after a merge", 3),
    ("before the package is complete", 1),
    ("after the package is complete", 1),
    ("after loading", 1),
]
POSTGRES_STEPS = [
    ("while extracting", 3),
    ("after normalizing", 1),
    ("after a csv copy", 4),
    ("after the cursor was stored", 1),
    ("after a merge", 3),
    ("after the package is complete", 1),
]


def start(
    step: str, nth: int, raw: Raw, sandbox: Sandbox, folder: Path, *postgres: str
) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.pipelines.killed_load", step, str(nth), sandbox.url, str(folder)]
    return subprocess.Popen([*command, *postgres], cwd=ROOT)


def assert_whole(raw: Raw, sandbox: Sandbox) -> None:
    expected = ledger_counts(sandbox)
    assert raw.counts(expected) == expected
    assert_equal_to_stripe(raw)
    assert load(raw.settings, raw.account).rows_changed == 0


def killed_first_load(raw: Raw, sandbox: Sandbox, step: str, nth: int, folder: Path, *postgres: str) -> None:
    assert start(step, nth, raw, sandbox, folder, *postgres).wait(120) == KILLED
    load(raw.settings, raw.account)
    assert_whole(raw, sandbox)


def act(raw: Raw) -> None:
    """Change old objects, make and delete new ones."""
    api = StripeApi(raw.account)
    charge = refundable_charge(raw)
    api.write(lambda client: client.v1.refunds.create({"charge": charge["id"]}))
    params: Any = {"name": "Kim Killed", "email": "kim@example.com"}
    made = api.write(lambda client: client.v1.customers.create(params))
    api.write(lambda client: client.v1.customers.delete(made["id"]))


@pytest.mark.parametrize(("step", "nth"), DUCKDB_STEPS)
def test_a_killed_first_load(sandbox: Sandbox, tmp_path: Path, step: str, nth: int) -> None:
    raw = duckdb_raw(tmp_path, stripe_account(sandbox))
    killed_first_load(raw, sandbox, step, nth, tmp_path)


@pytest.mark.parametrize(("step", "nth"), POSTGRES_STEPS)
def test_a_killed_first_load_into_postgres(
    sandbox: Sandbox, tmp_path: Path, postgres_url: str, step: str, nth: int
) -> None:
    raw = postgres_raw(tmp_path, stripe_account(sandbox), postgres_url)
    killed_first_load(raw, sandbox, step, nth, tmp_path, postgres_url)


def test_killed_changes(fresh_sandbox: Callable[..., Sandbox], tmp_path: Path) -> None:
    """One company, changed and killed at every step in turn."""
    sandbox = fresh_sandbox()
    raw = duckdb_raw(tmp_path, stripe_account(sandbox))
    load(raw.settings, raw.account)
    for step, nth in DUCKDB_STEPS:
        act(raw)
        sandbox.control("clock", advance_days=1)
        at = min(nth, 2)
        assert start(step, at, raw, sandbox, tmp_path).wait(120) == KILLED, step
        load(raw.settings, raw.account)
        assert_whole(raw, sandbox)


def test_killed_at_any_moment(fresh_sandbox: Callable[..., Sandbox], tmp_path: Path) -> None:
    """Killed again and again at random moments, over one warehouse."""
    sandbox = fresh_sandbox()
    raw = duckdb_raw(tmp_path, stripe_account(sandbox))
    chance = random.Random(11)
    killed, patience = 0, 6.0
    for _ in range(10):
        process = start("never", 1, raw, sandbox, tmp_path)
        time.sleep(chance.uniform(0.25, 1) * patience)
        process.kill()
        if process.wait(30) == KILLED:
            killed += 1
        else:  # it was quicker: this machine needs earlier kills
            patience *= 0.7
        sandbox.control("clock", advance_seconds=7200)
    load(raw.settings, raw.account)
    assert_whole(raw, sandbox)
    assert killed >= 3, "some of the kills came in time"


def test_a_package_of_a_killed_load_goes_in_before_later_ones(sandbox: Sandbox, tmp_path: Path) -> None:
    """What one account's killed load left behind is loaded by another account's, before its own rows."""
    eu = duckdb_raw(tmp_path, stripe_account(sandbox))
    us = duckdb_raw(tmp_path, stripe_account(sandbox, "stripe_us"))
    load(us.settings, us.account)
    assert start("before loading", 1, eu, sandbox, tmp_path).wait(120) == KILLED
    new_customer(us)
    later = load(us.settings, us.account)
    assert eu.count("charges") == ledger_counts(sandbox)["charges"]
    assert later.rows_changed > 0
    assert eu.one("select max(batch_id) from raw_stripe.charges where account = 'stripe_eu'") < later.batch_id
    report = load(eu.settings, eu.account)
    assert (report.mode, report.rows_changed) == (Mode.CHANGES, 0)
