"""One at a time over all processes that share a store: whoever holds a turn does the work, the others wait.

A turn goes with the process that holds it, even a killed one: beside a SQLite file it is a locked file, in
PostgreSQL a lock of the session.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from zlib import crc32

from filelock import FileLock, Timeout
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from billing.errors import Transient

_LOCKS = 7_204_313  # the first half of PostgreSQL's two-part key: nobody else's locks


@contextmanager
def turn(engine: Engine, name: str, wait_seconds: int = 60) -> Iterator[None]:
    """Hold the turn called `name` while the block runs.

    Raises:
        Transient: somebody else held it longer than `wait_seconds`.
    """
    waited = Transient(f"Another process has been at {name} for more than {wait_seconds} s.")
    if engine.dialect.name == "postgresql":
        with _session_lock(engine, name, wait_seconds, waited):
            yield
        return
    lock = FileLock(f"{engine.url.database}.{name}.lock")
    try:
        lock.acquire(timeout=wait_seconds)
    except Timeout as cause:
        raise waited from cause
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _session_lock(engine: Engine, name: str, wait_seconds: int, waited: Transient) -> Iterator[None]:
    key = {"locks": _LOCKS, "name": crc32(name.encode()) & 0x7FFFFFFF}
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"set lock_timeout = '{int(wait_seconds)}s'"))
        try:
            connection.execute(text("select pg_advisory_lock(:locks, :name)"), key)
        except OperationalError as cause:
            raise waited from cause
        finally:
            connection.execute(text("reset lock_timeout"))
        try:
            yield
        finally:
            connection.execute(text("select pg_advisory_unlock(:locks, :name)"), key)
