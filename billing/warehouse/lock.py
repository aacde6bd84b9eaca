"""One writer at a time: the worker, a cycle by hand and Dagster's runs all take this lock first."""

from collections.abc import Iterator
from contextlib import contextmanager

from filelock import FileLock, Timeout

from billing.errors import Transient
from billing.settings_model import Warehouse
from billing.warehouse import paths


@contextmanager
def writer_lock(warehouse: Warehouse, wait_seconds: int = 600) -> Iterator[None]:
    """Hold the right to write the warehouse while the block runs. The lock goes with the process if it dies.

    The lock is a file beside the warehouse also where PostgreSQL holds the data: writers share one machine in
    the first two profiles.

    Raises:
        Transient: another writer held it longer than `wait_seconds`.
    """
    warehouse.dir.mkdir(parents=True, exist_ok=True)
    lock = FileLock(warehouse.dir / paths.LOCK)
    try:
        lock.acquire(timeout=wait_seconds)
    except Timeout as cause:
        raise Transient(
            f"Another writer has held the warehouse for more than {wait_seconds} s. "
            "It may be a first load; try again when it is done."
        ) from cause
    try:
        yield
    finally:
        lock.release()
