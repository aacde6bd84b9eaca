"""Each gateway of the registry has all its parts; what it lacks is said in words. The scaffold keeps its word."""

import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from billhouse import capabilities
from billing.verbs import Verb
from gateways import REGISTRY
from tools.scaffold.__main__ import PLACES, write
from tools.scaffold.missing import NOT_WRITTEN, missing

ROOT = Path(__file__).parents[2]
LOOKED_AT = ("gateways", "pipelines", "actions", "sandbox", "dbt_project", "billing")


@pytest.mark.parametrize("gateway", REGISTRY)
def test_a_gateway_has_all_its_parts(gateway: str) -> None:
    assert missing(gateway, ROOT) == []


@pytest.mark.parametrize("gateway", REGISTRY)
def test_a_claimed_capability_has_its_methods(gateway: str) -> None:
    manifest = REGISTRY[gateway]
    if manifest.has_webhooks:
        webhooks = import_module(f"gateways.{gateway}.webhooks")
        assert callable(webhooks.verify)
        assert webhooks.SIGNATURE_HEADER
    assert callable(import_module(f"actions.adapters.{gateway}").connect)
    assert set(manifest.verbs) == set(Verb), (
        "each verb has a kind of object, or the reason why it cannot be done"
    )


def test_the_page_of_capabilities_is_the_manifests() -> None:
    assert (ROOT / "docs" / "capabilities.md").read_text() == capabilities.as_markdown()


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The parts of the project that a gateway consists of, without stripe's tests."""
    for name in LOOKED_AT:
        shutil.copytree(
            ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "target", "logs")
        )
    (tmp_path / "tests" / "gateways").mkdir(parents=True)
    (tmp_path / "tests" / "gateways" / "test_stripe_api.py").write_text('"""Stands for Stripe\'s tests."""\n')
    for name in ("actions/counters", "pipelines/trials"):
        shutil.copytree(ROOT / "tests" / name, tmp_path / "tests" / name)
    return tmp_path


BREAKS = {
    "gateways/stripe/manifest.py": "its name, API version",
    "gateways/stripe/webhooks.py": "has no verify, though the manifest claims it",
    "actions/adapters/stripe/disputes.py": "has no handler of Verb.ACCEPT_DISPUTE, though the manifest claims it",
    "tests/actions/counters/stripe.py": "cannot count its effects",
    "tests/pipelines/trials/stripe.py": "cannot put its pipeline to the test",
    "pipelines/stripe/__init__.py": "pipelines/stripe.py has no load",
    "sandbox/stripe/__init__.py": "its emulator",
    "dbt_project/models/intermediate/stripe/int_refunds__stripe.sql": "int_refunds__stripe.sql is missing",
    "dbt_project/models/staging/stripe/stg_stripe__charges.sql": "raw_stripe.charges is not read",
}


@pytest.mark.parametrize("part", BREAKS)
def test_a_part_that_is_gone_is_missed(copy: Path, part: str) -> None:
    assert missing("stripe", copy) == []
    (copy / part).unlink()
    assert BREAKS[part] in " ".join(missing("stripe", copy))


EDITS = {
    "gateways/__init__.py": ('"stripe": STRIPE', '"stripes": STRIPE', "REGISTRY has no line for stripe"),
    "billing/settings_model.py": ("    stripe: list[", "    strip: list[", "Gateways has no field stripe"),
    "dbt_project/dbt_project.yml": ("gateways: [stripe", "gateways: [strip", "not among vars.gateways"),
    "dbt_project/seeds/gateway_status_map.csv": (
        "stripe,refund,",
        "strip,refund,",
        "states of a stripe refund",
    ),
    "actions/adapters/stripe/__init__.py": ("def connect", "def attach", "has no connect"),
    "gateways/stripe/manifest.py": (
        "Verb.SUBMIT_EVIDENCE",
        "Verb.ACCEPT_DISPUTE",
        "says nothing of Verb.SUBMIT_EVIDENCE",
    ),
}


@pytest.mark.parametrize("part", EDITS)
def test_a_part_that_lost_its_name_is_missed(copy: Path, part: str) -> None:
    old, new, words = EDITS[part]
    text = (copy / part).read_text()
    assert old in text
    (copy / part).write_text(text.replace(old, new))
    assert words in " ".join(missing("stripe", copy))


def test_the_scaffold_writes_every_place_and_says_what_is_left(copy: Path) -> None:
    before = missing("acme", copy)
    written = write("acme", copy)
    assert len(written) == len(PLACES)
    for path in written:
        if path.suffix == ".py":
            compile(path.read_text(), str(path), "exec")
    left = missing("acme", copy)
    assert left
    assert len([line for line in left if NOT_WRITTEN not in line]) < len(before)
    assert [line for line in left if "is missing: its" in line] == []
    assert missing("stripe", copy) == [], "the others are as complete as before"


def test_the_scaffolds_files_are_clean(copy: Path) -> None:
    shutil.copy(ROOT / "pyproject.toml", copy)
    written = [str(path.relative_to(copy)) for path in write("acme_pay", copy) if path.suffix == ".py"]
    checked = subprocess.run(
        [sys.executable, "-m", "ruff", "check", *written],
        cwd=copy,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize("name", ["Acme", "acme-pay", "", "../acme", "1acme"])
def test_a_name_that_cannot_be_a_package_is_refused(copy: Path, name: str) -> None:
    with pytest.raises(ValueError, match="lower-case word"):
        write(name, copy)


def test_nothing_is_overwritten(copy: Path) -> None:
    write("acme", copy)
    with pytest.raises(ValueError, match="exists already"):
        write("acme", copy)
    with pytest.raises(ValueError, match="exists already"):
        write("stripe", copy)
