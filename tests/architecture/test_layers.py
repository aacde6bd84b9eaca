"""Who may import whom, and that our names mean our packages."""

import importlib.util
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PACKAGES = PROJECT["tool"]["setuptools"]["packages"]


def test_the_layers_hold() -> None:
    checked = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout[-3000:] + checked.stderr


def test_every_package_is_declared_everywhere() -> None:
    found = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests", "benchmarks", "tools"}
    assert found == set(PACKAGES) == set(PROJECT["tool"]["importlinter"]["root_packages"])
    assert found <= set(PROJECT["tool"]["mypy"]["packages"])
    layers = " ".join(PROJECT["tool"]["importlinter"]["contracts"][0]["layers"])
    assert found - {"sandbox"} == set(re.findall(r"\w+", layers))


@pytest.mark.parametrize("package", PACKAGES)
def test_a_packages_name_means_ours(package: str) -> None:
    found = importlib.util.find_spec(package)
    assert found is not None
    assert found.origin is not None
    assert Path(found.origin).is_relative_to(ROOT)


@pytest.mark.parametrize(
    ("library", "homes"),
    [
        ("dagster", ["dagster_defs"]),
        ("dlt", ["pipelines", "dagster_defs"]),
        ("streamlit", ["dashboards"]),
        ("dbt", ["pipelines"]),
        ("stripe", ["gateways/stripe", "actions/adapters", "pipelines/stripe"]),
        ("weasyprint", ["invoices"]),
    ],
)
def test_a_library_is_imported_in_its_place_alone(library: str, homes: list[str]) -> None:
    imported = re.compile(rf"^\s*(?:import {library}\b|from {library}[\s.])", re.MULTILINE)
    strangers = [
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        if imported.search(path.read_text()) and not any(path.is_relative_to(ROOT / home) for home in homes)
    ]
    assert strangers == []


def test_only_settings_reads_the_environment() -> None:
    reading = re.compile(r"os\.environ|os\.getenv|environ\[")
    allowed = {
        "billing/settings.py",
        "pipelines/build.py",  # sets what dbt's profile asks for, and puts it back
        "dagster_defs/__main__.py",  # says where Dagster's home is, as Dagster wants to be told
        "billhouse/supervisor.py",  # hands ours on to the processes that it starts
    }
    readers = {
        path.relative_to(ROOT).as_posix()
        for package in set(PACKAGES) - {"sandbox"}
        for path in (ROOT / package).rglob("*.py")
        if reading.search(path.read_text())
    }
    assert readers <= allowed
