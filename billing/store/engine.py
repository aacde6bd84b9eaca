"""URL -> a migrated SQLAlchemy engine, and the one way to write: `transaction`."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from zlib import crc32

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, OperationalError

from billing.errors import ConfigError

_NAMED_LOCKS = 7_204_314  # the first half of a two-part key; `turn` has another
MIGRATION_LOCK = 7_204_311  # any number that nobody else uses: PostgreSQL's advisory lock for migrations


def open_store(url: str, password: str | None = None) -> Engine:
    """Open the store at `url`, creating and migrating it where needed.

    Args:
        url: "sqlite:///path" or "postgresql://user@host/database".
        password: for PostgreSQL, kept out of the URL.

    Raises:
        ConfigError: the URL is not understood or the database cannot be reached.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as cause:
        raise ConfigError(
            'store.url: write "sqlite:///path" or "postgresql://user@host/database".'
        ) from cause
    if parsed.get_backend_name() == "sqlite":
        _make_folder(Path(parsed.database or "").parent)
        engine = create_engine(parsed, connect_args={"timeout": 30})
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_immediate)
    elif parsed.get_backend_name() == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
        if password:
            parsed = parsed.set(password=password)
        engine = create_engine(parsed, pool_pre_ping=True)
    else:
        raise ConfigError(
            f"store.url: {parsed.get_backend_name()!r} is not supported. Use sqlite or postgresql."
        )
    try:
        _migrate(engine)
    except OperationalError as cause:
        raise ConfigError(
            f"store.url: the database {parsed.render_as_string()} does not answer: {cause.orig}"
        ) from cause
    return engine


@contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """Give a connection in one transaction: committed when the block ends, rolled back when it raises."""
    with engine.begin() as connection:
        yield connection


def serialize(connection: Connection, name: str) -> None:
    """Let transactions that name the same thing run one after another, until each ends.

    SQLite's own write lock does so anyway; in PostgreSQL it is an advisory lock.
    """
    if connection.dialect.name == "postgresql":
        key = {"locks": _NAMED_LOCKS, "name": crc32(name.encode()) & 0x7FFFFFFF}
        connection.execute(text("select pg_advisory_xact_lock(:locks, :name)"), key)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as cause:
        raise ConfigError(f"store.url: the folder {folder} cannot be made ({cause.strerror}).") from cause


def _set_up_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN IMMEDIATE ourselves
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_immediate(connection: Connection) -> None:
    """Take SQLite's write lock at once: a later upgrade from reader to writer would fail, not wait."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _migrate(engine: Engine) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
