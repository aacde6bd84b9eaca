"""dbt in process: green on good data, words on bad data, and no file held afterwards."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from billing.settings_model import StripeAccount
from billing.store import open_store
from pipelines import project
from pipelines.build import BuildReport, build
from pipelines.due import Due, due
from pipelines.operations import copy_store
from pipelines.stripe import load
from tests import prebuilt
from tests.conftest import Sandbox
from tests.pipelines.conftest import Raw, duckdb_raw, stripe_account

pytestmark = pytest.mark.slow


def loaded(raw: Raw, folder: Path) -> Raw:
    load(raw.settings, raw.account)
    copy_store(raw.settings, open_store(f"sqlite:///{folder / 'store.db'}"))
    return raw


@pytest.fixture
def raw(sandbox: Sandbox, empty_warehouse: Path, tmp_path: Path) -> Raw:
    """Stripe's rows, loaded into a warehouse that was built before it had any."""
    prebuilt.begin(empty_warehouse, tmp_path / "warehouse")
    return loaded(duckdb_raw(tmp_path, stripe_account(sandbox)), tmp_path)


def built(raw: Raw) -> BuildReport:
    """Build what is due, as a cycle does."""
    wanted = due(raw.settings)
    assert wanted is not None
    assert wanted.select is not None
    return build(raw.settings, wanted.select)


def test_a_build_is_green_and_repeats(
    sandbox: Sandbox, make_raw: Callable[[StripeAccount], Raw], tmp_path: Path
) -> None:
    raw = loaded(make_raw(stripe_account(sandbox)), tmp_path)
    environment = dict(os.environ)
    seen: list[int] = []
    report = build(raw.settings, progress=lambda _what, done: seen.append(done))
    assert report.failed == []
    assert report.models >= 20
    assert report.passed >= 20
    assert seen[-1] >= report.models + report.passed
    assert due(raw.settings) is None
    again = build(raw.settings, "source:raw_stripe.charges+")
    assert again.failed == []
    assert 0 < again.models < report.models
    assert "model.billhouse.int_charges__stripe" not in again.nodes, "views stand as they are"
    assert any("status_is_mapped_int_charges__unified" in name for name in again.nodes), "but are checked"
    assert due(raw.settings) is None
    assert os.environ == environment, "the environment is put back"


def test_no_file_is_held_afterwards(raw: Raw, tmp_path: Path) -> None:
    assert built(raw).models > 0
    for name in ("raw", "staging", "marts"):
        file = str(tmp_path / "warehouse" / f"{name}.duckdb")
        duckdb.connect(file).close()
        opened = subprocess.run(
            [sys.executable, "-c", f"import duckdb; duckdb.connect({file!r})"], check=False
        )
        assert opened.returncode == 0, f"{name}.duckdb is still locked"
    assert load(raw.settings, raw.account).rows_changed == 0, "the next load finds raw.duckdb free"


def test_a_vanished_field_is_named(raw: Raw, tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "warehouse" / "raw.duckdb")) as connection:
        connection.execute(
            "update raw_stripe.charges set data = replace(data, '\"currency\"', '\"currencies\"')"
        )
    report = built(raw)
    assert any("charges.currency" in words and "vanished" in words for words in report.failed), report.failed


def test_a_project_that_cannot_be_read_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    account = StripeAccount.model_validate({"account": "a", "title": "a", "secret_key": "unused"})
    raw = duckdb_raw(tmp_path, account)
    monkeypatch.setattr(project, "FOLDER", tmp_path)
    report = build(raw.settings)
    assert len(report.failed) == 1
    assert "dbt cannot read the project" in report.failed[0]
    assert (report.models, report.passed) == (0, 0)


def test_rows_that_other_models_staged_are_staged_anew(raw: Raw, tmp_path: Path) -> None:
    """An upgrade brings a new column: the build makes everything again instead of stopping."""
    assert built(raw).failed == []
    staging = str(tmp_path / "warehouse" / "staging.duckdb")

    def forget_a_column() -> None:
        with duckdb.connect(staging) as connection:
            connection.execute("alter table staging.staging.stg_stripe__charges drop column receipt_email")

    forget_a_column()
    assert build(raw.settings, "source:raw_stripe.charges+").failed, (
        "the same models must not find other tables than they made"
    )
    assert due(raw.settings) == Due(None, "everything: no green build is on record")
    (tmp_path / "warehouse" / "models.sha256").write_text("of an older version")
    assert build(raw.settings, "source:raw_stripe.charges+").failed == []
    with duckdb.connect(staging, read_only=True) as connection:
        query = "select count(*) from staging.staging.stg_stripe__charges where receipt_email is null"
        assert connection.execute(query).fetchone() is not None
