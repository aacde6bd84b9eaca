"""An invoice run that is killed (SIGKILL) half-way and begun again: does each payment get one document?"""

import multiprocessing
import os
import signal
import tempfile
import time
from collections import defaultdict
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, func, select

from billing.settings_model import Settings
from billing.store import open_store, transaction
from billing.store.tables import documents
from billing.warehouse import open_reader
from invoices import run
from tests.invoices import marts

POLL_SECONDS = 0.01


def measure(payments: int) -> dict[str, Any]:
    """Return how many documents stood at the kill and at the end, and whether each payment has exactly one.

    `issued_once` holds when no payment has none or two, and no series of numbers has a gap.
    """
    with tempfile.TemporaryDirectory(prefix="billhouse-interrupted-") as name:
        settings = _settings(Path(name))
        charges = [_charge(n) for n in range(payments)]
        marts.publish(settings.warehouse.dir, charges=charges)
        store = open_store(_url(settings))
        at_kill = _killed_half_way(settings, store, payments)
        _issue(settings)
        is_once = _is_once(store, {charge["charge_ref"] for charge in charges})
        found = {"payments": payments, "at_kill": at_kill, "at_end": _count(store), "issued_once": is_once}
        store.dispose()
        return found


def _settings(folder: Path) -> Settings:
    return Settings.model_validate(
        {
            "company": {
                "name": "Bench",
                "address": ["Road 1"],
                "country": "DE",
                "tax_id": "DE136695976",
                "email": "bench@example.com",
            },
            "warehouse": {"dir": folder / "warehouse"},
            "var": folder,
            "documents": {"start": "2026-11-01"},
            "mail": {"host": "127.0.0.1", "sender": "a@example.com", "reply_to": "b@example.com"},
        }
    )


def _charge(n: int) -> dict[str, Any]:
    moment = marts.PAID_AT + timedelta(seconds=n)
    return marts.charge(f"ch_{n:06d}", created_at=moment, captured_at=moment, country="DE")


def _url(settings: Settings) -> str:
    return f"sqlite:///{settings.var}/store.db"


def _killed_half_way(settings: Settings, store: Engine, payments: int) -> int:
    """Run in a process of its own, kill it once half is done, and return how many documents there are then."""
    process = multiprocessing.get_context("spawn").Process(target=_issue, args=(settings,))
    process.start()
    while process.is_alive() and _count(store) < payments // 2:
        time.sleep(POLL_SECONDS)
    if process.is_alive():
        assert process.pid is not None
        os.kill(process.pid, signal.SIGKILL)
    process.join()
    return _count(store)


def _issue(settings: Settings) -> None:
    store, reader = open_store(_url(settings)), open_reader(settings.warehouse)
    try:
        run.issue_due(settings, store, reader)
    finally:
        reader.close()
        store.dispose()


def _count(store: Engine) -> int:
    with transaction(store) as connection:
        return int(connection.execute(select(func.count()).select_from(documents)).scalar_one())


def _is_once(store: Engine, charge_refs: set[str]) -> bool:
    query = select(documents.c.series, documents.c.number, documents.c.object_ref)
    with transaction(store) as connection:
        rows = connection.execute(query.order_by(documents.c.number)).all()
    series: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        series[row.series].append(row.number)
    has_no_gap = all(numbers == list(range(1, len(numbers) + 1)) for numbers in series.values())
    refs = [row.object_ref for row in rows]
    return has_no_gap and len(refs) == len(charge_refs) and set(refs) == charge_refs
