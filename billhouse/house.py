"""A configuration file -> everything a command works with, opened once and closed at its end."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from billing import logs, settings
from billing.settings_model import Settings
from billing.store import open_store
from billing.warehouse import Reader, open_reader


@dataclass(frozen=True, slots=True)
class House:
    """The opened parts: settings, the operational store, the reader of the published copy."""

    config_path: Path
    settings: Settings
    engine: Engine
    reader: Reader


@contextmanager
def open_house(config_path: Path) -> Iterator[House]:
    """Open what the configuration names.

    Raises:
        ConfigError: the file, a secret or the store's database is not as it should be.
    """
    config = settings.load(config_path)
    logs.set_up(config)
    password = config.store.password.get_secret_value() if config.store.password else None
    engine = open_store(config.store.url, password)
    reader = open_reader(config.warehouse)
    try:
        yield House(config_path, config, engine, reader)
    finally:
        reader.close()
        engine.dispose()
