"""A warehouse without rows, built by all models once a run: tests build what is new upon copies of it."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

from billing.settings_documents import LegalEntity
from billing.settings_model import Settings, Warehouse
from billing.store import open_store

FILES = ("raw.duckdb", "staging.duckdb", "marts.duckdb", "models.sha256", "built.json")


def once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """Return a folder of the whole run, made by whichever of its processes needs it first; nobody changes it."""
    base = factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / name
    is_made = folder / "is_made"
    with FileLock(f"{folder}.lock"):
        if not is_made.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            make(folder)
            is_made.touch()
    return folder


def build_empty(folder: Path) -> None:
    """Build all models upon raw tables without a row, as a house does that has no account yet."""
    from pipelines.build import build  # dbt takes a second to import
    from pipelines.operations import copy_store

    seller = LegalEntity(name="Lampa", address=["Here"], country="DE", email="billing@lampa.example")
    settings = Settings(company=seller, warehouse=Warehouse(dir=folder), var=folder / "var")
    store = open_store(f"sqlite:///{folder}/store.db")
    copy_store(settings, store)
    store.dispose()
    assert build(settings).failed == []


def begin(made: Path, folder: Path) -> Path:
    """Copy the warehouse into a folder, and return that."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        if (made / name).exists():
            shutil.copyfile(made / name, folder / name)
    return folder
